import { isObject } from "../data-model.ts";
import type {
  AnnouncedLimits,
  ConnectedFrame,
  ErrorFrame,
  GatewayFrame,
  HistoryMessage,
  JoinedFrame,
  Json,
  LeftFrame,
  MessageFrame,
  MessagesFrame,
  NoticeFrame,
  NotificationFrame,
  PingFrame,
  PresencePushFrame,
  Present,
  PresentFrame,
  PublishedFrame,
  RenewedFrame,
  ResultFrame,
  Sender,
} from "../frames.ts";
import { channelNumber, count, position, requestId, word } from "./frame-fields.ts";
import { describeValue, Mismatch } from "./mismatch.ts";
import {
  anyText,
  exactly,
  flag,
  integer,
  json,
  list,
  matching,
  optional,
  type Reader,
  record,
  type Shape,
  text,
} from "./readers.ts";

const name = matching(/^./su, "a string that is not empty");
const positive = integer(1);

const sender: Shape<Sender> = { user: name, device: name, connection: name };
const present = list(record<Present>({ ...sender, since: count }));
const historyMessage: Shape<HistoryMessage> = {
  offset: count,
  message: name,
  from: optional(record<Sender>(sender)),
  at: count,
  data: json,
};
const messages = list(record<HistoryMessage>(historyMessage));
const limits = record<AnnouncedLimits>({
  maxMessageBytes: positive,
  maxFrames: positive,
  maxJoins: positive,
  messagesPerSecond: positive,
});

const pathStep: Reader<string | number> = (value) => (typeof value === "string" ? value : count(value));

/** A notice keeps all its fields: which ones there are depends on its code (WP-FRAME-32). */
const notice: Reader<NoticeFrame> = (value) => {
  if (!isObject(value)) return new Mismatch("an object", describeValue(value));
  const code = word(Object.hasOwn(value, "code") ? value["code"] : undefined);
  if (code instanceof Mismatch) return code.inside("code");
  const details = value as Readonly<Record<string, Json>>;
  return { ...details, type: "notice", code };
};

const nonce = matching(/^[\w-]{43}$/, "32 bytes in Base64url without padding");

/** How each frame of a gateway is read, by its type (WP-FRAME-20 to WP-FRAME-35). */
export const gatewayFrameReaders: {
  readonly [T in GatewayFrame["type"]]: Reader<Extract<GatewayFrame, { readonly type: T }>>;
} = {
  connected: record<ConnectedFrame>({
    type: exactly("connected"),
    id: requestId,
    connection: name,
    user: name,
    device: name,
    expiresAt: count,
    heartbeatMs: positive,
    limits,
    renewalNonce: optional(nonce),
  }),
  renewed: record<RenewedFrame>({
    type: exactly("renewed"),
    id: requestId,
    expiresAt: count,
    renewalNonce: optional(nonce),
  }),
  joined: record<JoinedFrame>({
    type: exactly("joined"),
    id: requestId,
    channel: channelNumber,
    name: text(64),
    params: json,
    position,
    recovered: optional(flag),
    messages: optional(messages),
    present: optional(present),
    presentCount: optional(count),
    lossy: optional(flag),
    protection: optional(exactly("sealed")),
  }),
  left: record<LeftFrame>(
    { type: exactly("left"), id: optional(requestId), channel: channelNumber, code: optional(word) },
    ({ id, code }) => {
      if ((id === undefined) !== (code === undefined)) return undefined;
      return new Mismatch("either id or code", id === undefined ? "neither" : "both");
    },
  ),
  published: record<PublishedFrame>({
    type: exactly("published"),
    id: requestId,
    offset: count,
    duplicate: optional(flag),
  }),
  result: record<ResultFrame>({ type: exactly("result"), id: requestId, output: json }),
  messages: record<MessagesFrame>({
    type: exactly("messages"),
    id: requestId,
    channel: channelNumber,
    messages,
    position,
  }),
  present: record<PresentFrame>({
    type: exactly("present"),
    id: requestId,
    channel: channelNumber,
    present,
    presentCount: optional(count),
  }),
  message: record<MessageFrame>({ type: exactly("message"), channel: channelNumber, ...historyMessage }),
  presence: record<PresencePushFrame>({
    type: exactly("presence"),
    channel: channelNumber,
    joined: optional(present),
    left: optional(present),
    presentCount: optional(count),
  }),
  notice,
  notification: record<NotificationFrame>({ type: exactly("notification"), data: json, at: count }),
  ping: record<PingFrame>({ type: exactly("ping") }),
  error: record<ErrorFrame>({
    type: exactly("error"),
    id: optional(requestId),
    code: word,
    message: anyText,
    retryAfterMs: optional(count),
    path: optional(list(pathStep)),
  }),
};
