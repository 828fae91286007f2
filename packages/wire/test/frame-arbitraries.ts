import type { ClientFrame, GatewayFrame, HistoryMessage, Json, Position, Present, Sender } from "@wardwire/wire/frames";
import fc from "fast-check";

/** Any value both encodings carry. Shallower than the depth limit, and without -0, which JSON writes as 0. */
const forbiddenKeys = ["__proto__", "constructor", "prototype"];
const key = fc.string({ unit: "binary", maxLength: 8 }).filter((text) => !forbiddenKeys.includes(text));
const number = fc
  .oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0.5, 1e300, 5e-324, 65504, 2 ** 53, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  )
  .map((value) => value + 0);
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 300 }),
  fc.constantFrom("", "\ufeffmark", "\ufffd", '\\"\\\\"', "line\nbreak\r\n\u2028", "\u0000", "😀".repeat(40)),
);
export const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    anyText,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

/** A record whose prototype is a parser's; fast-check makes some without one, which no parser does. */
function plain<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const count = fc.maxSafeNat();
const flag = fc.boolean();
const text = (max: number): fc.Arbitrary<string> => fc.string({ unit: "binary", minLength: 1, maxLength: max });
const ascii = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((unit) => String.fromCharCode(unit)),
  minLength: 1,
  maxLength: 64,
});
const name = text(60);
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,6}){0,3}$/);
const position: fc.Arbitrary<Position> = plain({ stream: text(128), offset: count });
const sender: fc.Arbitrary<Sender> = plain({ user: name, device: name, connection: name });
const present: fc.Arbitrary<Present[]> = fc.array(plain({ user: name, device: name, connection: name, since: count }), {
  maxLength: 4,
});
const historyMessage: fc.Arbitrary<HistoryMessage> = fc.record(
  { offset: count, message: name, from: sender, at: count, data: json },
  { requiredKeys: ["offset", "message", "at", "data"], noNullPrototype: true },
);
const messages = fc.array(historyMessage, { maxLength: 4 });

/** Makes records of plain objects whose `optionalKeys` come and go. */
function frame<F extends object>(
  fields: { [K in keyof F]-?: fc.Arbitrary<Exclude<F[K], undefined>> },
  ...optionalKeys: (keyof F)[]
): fc.Arbitrary<F> {
  const requiredKeys = (Object.keys(fields) as (keyof F)[]).filter((field) => !optionalKeys.includes(field));
  return fc.record(fields, { requiredKeys, noNullPrototype: true }) as unknown as fc.Arbitrary<F>;
}

type Client<T extends ClientFrame["type"]> = Extract<ClientFrame, { readonly type: T }>;
type Gateway<T extends GatewayFrame["type"]> = Extract<GatewayFrame, { readonly type: T }>;
const type = <const T extends string>(value: T): fc.Arbitrary<T> => fc.constant(value);

const base64url = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString("base64url"));
const proof = base64url(64);
const nonce = base64url(32);

/** Valid frames of a client, by type; a type left out does not compile. */
export const clientArbitraries: { readonly [T in ClientFrame["type"]]: fc.Arbitrary<Client<T>> } = {
  connect: fc.oneof(
    frame<Omit<Client<"connect">, "ticket">>(
      { type: type("connect"), id, token: text(200), device: ascii, proof },
      "token",
      "device",
      "proof",
    ),
    frame<Omit<Client<"connect">, "token">>(
      { type: type("connect"), id, ticket: text(200), device: ascii, proof },
      "device",
      "proof",
    ),
  ),
  renew: frame<Client<"renew">>({ type: type("renew"), id, token: text(200), proof }, "proof"),
  join: frame<Client<"join">>({ type: type("join"), id, channel: text(64), params: json, since: position }, "since"),
  leave: frame<Client<"leave">>({ type: type("leave"), id, channel: id }),
  publish: frame<Client<"publish">>({ type: type("publish"), id, channel: id, data: json, key: ascii }, "id", "key"),
  call: frame<Client<"call">>({ type: type("call"), id, command: text(64), input: json }),
  history: frame<Client<"history">>(
    { type: type("history"), id, channel: id, since: position, limit: fc.integer({ min: 1, max: 200 }), reverse: flag },
    "since",
    "reverse",
  ),
  presence: frame<Client<"presence">>({ type: type("presence"), id, channel: id }),
  pong: frame<Client<"pong">>({ type: type("pong") }),
};

/** Valid frames of a gateway, by type; a type left out does not compile. */
export const gatewayArbitraries: { readonly [T in GatewayFrame["type"]]: fc.Arbitrary<Gateway<T>> } = {
  connected: frame<Gateway<"connected">>(
    {
      type: type("connected"),
      id,
      connection: name,
      user: name,
      device: name,
      expiresAt: count,
      heartbeatMs: id,
      limits: plain({ maxMessageBytes: id, maxFrames: id, maxJoins: id, messagesPerSecond: id }),
      renewalNonce: nonce,
    },
    "renewalNonce",
  ),
  renewed: frame<Gateway<"renewed">>(
    { type: type("renewed"), id, expiresAt: count, renewalNonce: nonce },
    "renewalNonce",
  ),
  joined: frame<Gateway<"joined">>(
    {
      type: type("joined"),
      id,
      channel: id,
      name: text(64),
      params: json,
      position,
      recovered: flag,
      messages,
      present,
      presentCount: count,
      lossy: flag,
      protection: type("sealed"),
    },
    "protection",
    "recovered",
    "messages",
    "present",
    "presentCount",
    "lossy",
  ),
  left: fc.oneof(
    frame<Omit<Gateway<"left">, "code">>({ type: type("left"), id, channel: id }),
    frame<Omit<Gateway<"left">, "id">>({ type: type("left"), channel: id, code: word }),
  ),
  published: frame<Gateway<"published">>({ type: type("published"), id, offset: count, duplicate: flag }, "duplicate"),
  result: frame<Gateway<"result">>({ type: type("result"), id, output: json }),
  messages: frame<Gateway<"messages">>({ type: type("messages"), id, channel: id, messages, position }),
  present: frame<Gateway<"present">>(
    { type: type("present"), id, channel: id, present, presentCount: count },
    "presentCount",
  ),
  message: frame<Gateway<"message">>(
    { type: type("message"), channel: id, offset: count, message: name, from: sender, at: count, data: json },
    "from",
  ),
  presence: frame<Gateway<"presence">>(
    { type: type("presence"), channel: id, joined: present, left: present, presentCount: count },
    "joined",
    "left",
    "presentCount",
  ),
  notice: fc
    .tuple(fc.dictionary(key, json, { maxKeys: 4, noNullPrototype: true }), word)
    .map(([details, code]) => ({ ...details, type: "notice", code })),
  notification: frame<Gateway<"notification">>({ type: type("notification"), data: json, at: count }),
  ping: frame<Gateway<"ping">>({ type: type("ping") }),
  error: frame<Gateway<"error">>(
    {
      type: type("error"),
      id,
      code: word,
      message: anyText,
      retryAfterMs: count,
      path: fc.array(fc.oneof(key, count), { maxLength: 4 }),
    },
    "id",
    "retryAfterMs",
    "path",
  ),
};
