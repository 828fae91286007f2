import type {
  CallFrame,
  ClientFrame,
  ConnectFrame,
  HistoryFrame,
  JoinFrame,
  LeaveFrame,
  PongFrame,
  PresenceFrame,
  PublishFrame,
  RenewFrame,
} from "../frames.ts";
import { idempotencyKeyPattern } from "../limits.ts";
import { channelNumber, position, requestId } from "./frame-fields.ts";
import { Mismatch } from "./mismatch.ts";
import { exactly, flag, integer, json, matching, optional, type Reader, record, text } from "./readers.ts";

const credential = text(8192);
const device = matching(
  /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,128}$/u,
  "a string of 1 to 128 characters, none of them a control or format character",
);
const proof = matching(/^[\w-]{86}$/, "64 bytes in Base64url without padding");
const idempotencyKey = matching(idempotencyKeyPattern, "a string of 1 to 64 visible ASCII characters");

/** How each frame of a client is read, by its type (WP-FRAME-10 to WP-FRAME-18). */
export const clientFrameReaders: {
  readonly [T in ClientFrame["type"]]: Reader<Extract<ClientFrame, { readonly type: T }>>;
} = {
  connect: record<ConnectFrame>(
    {
      type: exactly("connect"),
      id: requestId,
      token: optional(credential),
      ticket: optional(credential),
      device: optional(device),
      proof: optional(proof),
    },
    ({ token, ticket }) =>
      token !== undefined && ticket !== undefined ? new Mismatch("at most one of token and ticket", "both") : undefined,
  ),
  renew: record<RenewFrame>({ type: exactly("renew"), id: requestId, token: credential, proof: optional(proof) }),
  join: record<JoinFrame>({
    type: exactly("join"),
    id: requestId,
    channel: text(64),
    params: json,
    since: optional(position),
  }),
  leave: record<LeaveFrame>({ type: exactly("leave"), id: requestId, channel: channelNumber }),
  publish: record<PublishFrame>({
    type: exactly("publish"),
    id: optional(requestId),
    channel: channelNumber,
    data: json,
    key: optional(idempotencyKey),
  }),
  call: record<CallFrame>({ type: exactly("call"), id: requestId, command: text(64), input: json }),
  history: record<HistoryFrame>({
    type: exactly("history"),
    id: requestId,
    channel: channelNumber,
    since: optional(position),
    limit: integer(1, 200),
    reverse: optional(flag),
  }),
  presence: record<PresenceFrame>({ type: exactly("presence"), id: requestId, channel: channelNumber }),
  pong: record<PongFrame>({ type: exactly("pong") }),
};
