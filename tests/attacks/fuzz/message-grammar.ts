import type { Outcome } from "./frame-grammar.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A text message and what may become of the connection that sends it. */
export interface FuzzedMessage {
  readonly what: string;
  readonly text: string;
  readonly outcomes: readonly Outcome[];
}

/**
 * JSON frames with fields of every kind of value; now and then with damaged text, or what is no frame. An unauthenticated
 * connection is closed by any of them; on another one each error is paid for, and 4413 says that no more is forgiven.
 */
export function randomMessage(random: SeededRandom, authenticated: boolean): FuzzedMessage {
  if (random.oneIn(24)) return { what: "no frame", text: random.pick(noFrames), outcomes: [1007, 4400] };
  const frames = Array.from({ length: random.between(1, 3) }, () => JSON.stringify(randomFrame(random)));
  const text = frames.join(random.pick(["\n", "\r\n", "\n\n", "\n \t\n"]));
  if (random.oneIn(12))
    return { what: "damaged JSON", text: damaged(text, random), outcomes: ["open", 1007, 4400, 4413] };
  return { what: "message", text, outcomes: authenticated ? ["open", 4413] : [4400] };
}

const noFrames = [
  "",
  "\n\n",
  "[]",
  "7",
  "null",
  '"connect"',
  "{}",
  '{"type":7}',
  '{"type":"Not A Word"}',
  '{"type":"connect","id":2,"token":"bad"',
  '{"type":"pong","type":"pong"}',
  "[".repeat(5_000),
  '{"a":'.repeat(40),
  Array(65).fill('{"type":"pong"}').join("\n"),
] as const;

/** Every type but `connect`, whose second use ends the connection. */
const types = [
  "join",
  "leave",
  "publish",
  "call",
  "history",
  "presence",
  "pong",
  "teleport",
  "message",
  "ping",
] as const;
const fields = [
  "channel",
  "params",
  "data",
  "command",
  "input",
  "since",
  "limit",
  "reverse",
  "key",
  "unknown",
] as const;
const values = [
  null,
  true,
  0,
  1,
  -1,
  1.5,
  2 ** 53,
  1e308,
  "",
  "lobby",
  "room",
  "renameRoom",
  "\0",
  "\ud800",
  "é".repeat(300),
  "toString",
  [],
  [1, [2, [3]]],
  {},
  { roomId: "tea" },
  { roomId: "tea", title: "Tea" },
  { text: "hello" },
  { stream: "s", offset: 0 },
] as const;

function randomFrame(random: SeededRandom): object {
  const frame: Record<string, unknown> = { type: random.pick(types) };
  if (!random.oneIn(4)) frame["id"] = random.oneIn(8) ? random.pick(values) : random.between(1, 1_000_000);
  for (const field of fields) if (random.oneIn(2)) frame[field] = likely(field, random);
  return frame;
}

/** Often what belongs there, so that frames come as far as the contract. */
function likely(field: (typeof fields)[number], random: SeededRandom): unknown {
  if (random.oneIn(3)) return random.pick(values);
  const fitting: Readonly<Record<(typeof fields)[number], unknown>> = {
    channel: random.oneIn(2) ? "lobby" : random.between(1, 3),
    params: { roomId: `room-${random.between(1, 40)}` },
    data: { text: "hello" },
    command: "renameRoom",
    input: { roomId: "tea", title: "Tea" },
    since: { stream: "s_unknown", offset: random.between(0, 9) },
    limit: random.between(1, 200),
    reverse: true,
    key: `k${random.between(1, 9)}`,
    unknown: { any: ["thing"] },
  };
  return fitting[field];
}

function damaged(text: string, random: SeededRandom): string {
  const at = random.between(0, text.length - 1);
  const junk = random.pick(["", "{", "}", "[", '"', "\\", ",", ":", "\n", "e", "9", "-", "\u0000", "__proto__"]);
  return text.slice(0, at) + junk + text.slice(at + random.between(0, 3));
}
