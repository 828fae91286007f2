import { closeCodes } from "@wardwire/wire/close-codes";
import { opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import type { Direction, Tampering, Way } from "./man-in-the-middle.ts";
import type { Carried } from "./message-reader.ts";

/** One thing a proxy does to one message. */
export interface Interference {
  readonly name: string;
  /** `detected`: the connection has to end. `harmless`: it may not. `either`: what was done may come to nothing. */
  readonly expected: "detected" | "harmless" | "either";
  /** Acts in place of carrying the message; `foreign` is one that another connection carried in the same direction. */
  readonly strike: (message: Carried, way: Way, foreign: Carried) => Aftermath | undefined;
}

/** What becomes of the data messages of the same direction that follow. */
export type Aftermath = (message: Carried, way: Way) => void;

/** A tampering, and whether it has come to anything. */
export interface Strike extends Tampering {
  readonly hasStruck: boolean;
}

/** Does it to the `number`-th data message of a direction, and carries everything else. */
export function strikeAt(interference: Interference, direction: Direction, number: number, foreign: Carried): Strike {
  let aftermath: Aftermath | undefined;
  let hasStruck = false;
  return {
    get hasStruck() {
      return hasStruck;
    },
    carry(message, way) {
      const isData = message.opcode < opcodes.close;
      if (way.direction !== direction || !isData || way.number < number) way.forward(message);
      else if (way.number > number) (aftermath ?? forward)(message, way);
      else {
        hasStruck = true;
        aftermath = interference.strike(message, way, foreign);
      }
    },
  };
}

const forward: Aftermath = (message, way) => way.forward(message);

/** A harmless thing that a proxy may do, or a harmful one that may come to nothing where it strikes. */
const lenient: readonly Interference[] = [
  { name: "in three fragments", expected: "harmless", strike: (message, way) => way.forward(message, 3) as undefined },
  {
    name: "behind a ping of the proxy's own",
    expected: "harmless",
    strike: (message, way) => {
      way.forward({ opcode: opcodes.ping, payload: Buffer.from("proxy") });
      way.forward(message);
      return undefined;
    },
  },
  // The ends of the session and of a channel count apart: a record of one may pass one of the other.
  {
    name: "behind the next one",
    expected: "either",
    strike: (held) => {
      let isBehind = false;
      return (message, way) => {
        way.forward(message);
        if (!isBehind) way.forward(held);
        isBehind = true;
      };
    },
  },
];

/** What has to be noticed wherever it is done. */
const harmful: readonly Interference[] = [
  { name: "dropped", expected: "detected", strike: () => undefined },
  harm("twice", (message, way) => {
    way.forward(message);
    way.forward(message);
  }),
  {
    name: "again behind the two that follow",
    expected: "detected",
    strike: (message, way) => {
      way.forward(message);
      let following = 0;
      return (next, later) => {
        later.forward(next);
        following += 1;
        if (following === 2) later.forward(message);
      };
    },
  },
  changed("with a bit of the first byte flipped", (bytes) => flipped(bytes, 0)),
  changed("with a bit of the tenth byte flipped", (bytes) => flipped(bytes, 9)),
  changed("with a bit in the middle flipped", (bytes) => flipped(bytes, bytes.length >> 1)),
  changed("with a bit of the last byte flipped", (bytes) => flipped(bytes, bytes.length - 1)),
  changed("without its last byte", (bytes) => bytes.subarray(0, -1)),
  changed("cut in half", (bytes) => bytes.subarray(0, bytes.length >> 1)),
  changed("empty", () => Buffer.alloc(0)),
  changed("with a zero byte behind it", (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
  harm("as two messages", ({ opcode, payload }, way) => {
    way.forward({ opcode, payload: payload.subarray(0, 40) });
    way.forward({ opcode, payload: payload.subarray(40) });
  }),
  harm("behind a text message in JSON", (message, way) => {
    way.forward({ opcode: opcodes.text, payload: Buffer.from('{"type":"pong"}') });
    way.forward(message);
  }),
  harm("behind a binary message in CBOR", (message, way) => {
    way.forward({ opcode: opcodes.binary, payload: Buffer.from("a1647479706564706f6e67", "hex") });
    way.forward(message);
  }),
  harm("replaced by one of another connection", (_message, way, foreign) => way.forward(foreign)),
  harm("behind one of another connection", (message, way, foreign) => {
    way.forward(foreign);
    way.forward(message);
  }),
  harm("sent back to where it came from, too", (message, way) => {
    way.backward(message);
    way.forward(message);
  }),
  { name: "withheld, and all behind it", expected: "detected", strike: () => () => undefined },
  harm("cut off with the connection", (_message, way) => way.cut()),
  ...[1000, 1002, closeCodes.tokenExpired.code, closeCodes.tokenInvalid.code, closeCodes.revoked.code].map((code) =>
    harm(`behind a close frame with ${code}`, (message, way) => {
      way.forward(closing(code));
      way.forward(message);
    }),
  ),
];

/** All of them. */
export const interferences: readonly Interference[] = [...lenient, ...harmful];

function harm(name: string, act: (message: Carried, way: Way, foreign: Carried) => void): Interference {
  return {
    name,
    expected: "detected",
    strike(message, way, foreign) {
      act(message, way, foreign);
      return undefined;
    },
  };
}

function changed(name: string, change: (payload: Buffer) => Buffer): Interference {
  return harm(name, ({ opcode, payload }, way) => way.forward({ opcode, payload: change(payload) }));
}

/** A copy with the lowest bit of one byte flipped, the first where there is no such byte. */
export function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < copy.length ? at : 0;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

function closing(code: number): Carried {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return { opcode: opcodes.close, payload };
}
