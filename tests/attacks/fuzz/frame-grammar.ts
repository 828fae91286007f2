import { clientFrame, closeFrame, opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import { randomMessage } from "./message-grammar.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** How a connection may be afterwards: open, closed with this code, closed without a code (1005), or cut (1006). */
export type Outcome = "open" | number;

/** Frames, legal and not, and what may become of the connection. */
export interface FuzzedSequence {
  readonly bytes: Buffer;
  readonly allowed: ReadonlySet<Outcome>;
  /** Ends within a frame: nothing can stand behind it, and the server learns so when the client half-closes. */
  readonly unfinished: boolean;
  readonly made: readonly string[];
}

/** On which connection a sequence is sent. */
export interface Setting {
  readonly authenticated: boolean;
  /** Nothing but what a connection survives, for as long as its error budget does. */
  readonly calm: boolean;
}

/** One to six harmless pieces and, in every fifth sequence unless `calm`, one that ends the connection. */
export function randomSequence(random: SeededRandom, { authenticated, calm }: Setting): FuzzedSequence {
  const pieces: Piece[] = [];
  for (let count = random.between(1, 6); count > 0; count--) pieces.push(random.pick(harmless)(random, authenticated));
  if (!calm && random.oneIn(5)) pieces.push(random.pick(harmful)(random, authenticated));
  const allowed = new Set<Outcome>();
  for (const { outcomes } of pieces) for (const outcome of outcomes) if (outcome !== "open") allowed.add(outcome);
  if (pieces.every(({ outcomes }) => outcomes.includes("open"))) allowed.add("open");
  const unfinished = pieces.some((piece) => piece.unfinished === true);
  return {
    bytes: Buffer.concat(pieces.map(({ bytes }) => bytes)),
    allowed,
    unfinished,
    made: pieces.map(({ what }) => what),
  };
}

/** Some frames of a sequence, and what they may make of the connection. */
interface Piece {
  readonly what: string;
  readonly bytes: Buffer;
  readonly outcomes: readonly Outcome[];
  readonly unfinished?: true;
}

type MakePiece = (random: SeededRandom, authenticated: boolean) => Piece;

const maxMessageBytes = 65_536;
const upTo = (random: SeededRandom, most: number): Buffer => random.bytes(random.between(0, most));
const data = (payload: string | Uint8Array, opcode: number = opcodes.text) => clientFrame({ opcode, payload });
const ends = (what: string, code: number, ...frames: readonly Buffer[]): Piece => ({
  what,
  bytes: Buffer.concat(frames),
  outcomes: [code],
});

const harmless: readonly [MakePiece, ...MakePiece[]] = [
  (random) => ({
    what: "ping",
    bytes: clientFrame({ opcode: opcodes.ping, payload: upTo(random, 125) }),
    outcomes: ["open"],
  }),
  (random) => ({
    what: "pong",
    bytes: clientFrame({ opcode: opcodes.pong, payload: upTo(random, 125) }),
    outcomes: ["open"],
  }),
  message,
  message,
  (random, authenticated) => {
    const { text, outcomes } = randomMessage(random, authenticated);
    return { what: "fragments", bytes: inFragments(Buffer.from(text), random), outcomes };
  },
];

function message(random: SeededRandom, authenticated: boolean): Piece {
  const { text, what, outcomes } = randomMessage(random, authenticated);
  return { what, bytes: data(text), outcomes };
}

const harmful: readonly [MakePiece, ...MakePiece[]] = [
  (random) => ends("reserved opcode", 1002, clientFrame({ opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) })),
  (random) => ends("RSV bits", 1002, clientFrame({ opcode: random.pick(known), rsv: random.between(1, 7) })),
  (random) =>
    ends("no mask", 1002, clientFrame({ opcode: random.pick(known), masked: false, payload: upTo(random, 9) })),
  (random) => ends("control fragment", 1002, clientFrame({ opcode: random.pick(control), fin: false })),
  (random) => ends("long control", 1002, clientFrame({ opcode: random.pick(control), payload: random.bytes(126) })),
  (random) =>
    ends("continuation of nothing", 1002, clientFrame({ opcode: 0, payload: upTo(random, 9), fin: random.oneIn(2) })),
  () => ends("message in a message", 1002, clientFrame({ opcode: 1, payload: "[", fin: false }), data("]")),
  (random) => ends("bad UTF-8", 1007, data(Buffer.concat([Buffer.from('{"type":"'), random.pick(badUtf8)]))),
  (random) => ends("too large", 1009, declaring(BigInt(random.between(maxMessageBytes + 1, 2 ** 31)))),
  (random) =>
    ends("absurdly large", 1009, declaring(random.pick([2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]))),
  (random) => ends("a binary message", 1003, data(upTo(random, 40), opcodes.binary)),
  (random) => ({ what: "fragment flood", bytes: flood(random), outcomes: [floodCode] }),
  (random) => closeWith(random.pick([1000, 1001, 1002, 1011, 3000, 3999, 4000, 4400, 4999])),
  (random) =>
    ends("a close code that is none", 1002, closeFrame(random.pick([0, 999, 1004, 1005, 1006, 1015, 2999, 5000]))),
  () => ends("a close without a code", 1005, clientFrame({ opcode: opcodes.close })),
  () => ends("half a close code", 1002, clientFrame({ opcode: opcodes.close, payload: "x" })),
  (random) => ends("bad UTF-8 in a reason", 1007, badReason(random)),
  (random) => {
    const whole = data(random.bytes(random.between(1, 300)));
    return {
      what: "half a frame",
      bytes: whole.subarray(0, random.between(1, whole.length - 1)),
      outcomes: [1006],
      unfinished: true,
    };
  },
  (random) => ({
    what: "random bytes",
    bytes: noise(random),
    outcomes: [1002, 1003, 1006, 1007, 1009, 4400],
    unfinished: true,
  }),
];

/** What a flood of fragments is closed with (R26). */
export const floodCode = 1009;

const control = [opcodes.close, opcodes.ping, opcodes.pong] as const;
const known = [opcodes.text, opcodes.binary, ...control] as const;
const badUtf8 = ["ff", "c080", "eda080", "f4908080", "e28f"].map((hex) => Buffer.from(hex, "hex")) as [
  Buffer,
  ...Buffer[],
];

function closeWith(code: number): Piece {
  return ends(`a close with ${code}`, code, closeFrame(code, "bye"));
}

function badReason(random: SeededRandom): Buffer {
  return clientFrame({ opcode: opcodes.close, payload: Buffer.concat([Buffer.of(3, 232), random.pick(badUtf8)]) });
}

/** The head of a frame that would be this long. */
function declaring(length: bigint): Buffer {
  const head = Buffer.alloc(14);
  head[0] = 0x81;
  head[1] = 0xff;
  head.writeBigUInt64BE(length, 2);
  return head;
}

function inFragments(payload: Buffer, random: SeededRandom): Buffer {
  const frames: Buffer[] = [];
  let opcode: number = opcodes.text;
  for (let start = 0, fin = false; !fin; opcode = opcodes.continuation) {
    const end = frames.length > 100 ? payload.length : start + random.between(0, Math.ceil(payload.length / 2));
    fin = end >= payload.length;
    frames.push(clientFrame({ opcode, payload: payload.subarray(start, end), fin }));
    start = end;
  }
  return Buffer.concat(frames);
}

/** More fragments than the 256 a message may have, empty or of one byte. */
function flood(random: SeededRandom): Buffer {
  const payload = random.bytes(random.between(0, 1));
  const next = clientFrame({ opcode: opcodes.continuation, payload, fin: false });
  return Buffer.concat([
    clientFrame({ opcode: opcodes.text, payload, fin: false }),
    ...Array(random.between(256, 400)).fill(next),
  ]);
}

/** Any bytes but those of a close frame, whose code the gateway would have to send back. */
function noise(random: SeededRandom): Buffer {
  const bytes = random.bytes(random.between(1, 200));
  bytes[0] = random.pick([0x81, 0x82, 0x01, 0x80, 0x89, 0x8a, 0xc1, 0x8f, 0x00, 0xff]);
  return bytes;
}
