import assert from "node:assert/strict";
import { bytes, utf8 } from "./wire-assertions.ts";

/** Gives integers from 0 to `below` - 1. */
export type Random = (below: number) => number;

/** Mulberry32: small, fast, and the same numbers for the same seed everywhere. */
export function randomFrom(start: number): Random {
  let state = start | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One of a list that has at least one. */
export function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[random(from.length)];
  assert.ok(picked !== undefined);
  return picked;
}

/** Bytes of any value. */
export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

/** Changes, removes, doubles and inserts bytes, some of them such as mean something to a parser. */
export function mutateBytes(random: Random, original: Uint8Array): Uint8Array {
  let message = original;
  for (let step = 1 + random(4); step > 0; step -= 1) {
    const at = random(message.length + 1);
    const rest = at + random(9);
    const kept = [message.subarray(0, at), message.subarray(rest)] as const;
    message = Buffer.concat(
      pick(random, [
        [kept[0], kept[1]],
        [message.subarray(0, rest), message.subarray(at)],
        [kept[0], randomBytes(random, rest - at), kept[1]],
        [kept[0], pick(random, hostileBytes), message.subarray(at)],
        [kept[0], message.subarray(at, rest).map((byte) => byte ^ (1 << random(8))), kept[1]],
      ]),
    );
  }
  return message;
}

const hostileText = [...'\ufeff\n\\"{}[],\u0000', '"__proto__":', "1e999", "-0", "\\ud800"];
const hostileItems =
  "9bffffffffffffffff bb8000000000000000 7bffffffffffffffff 5f 7f 9f bf ff f7 f97e00 fb7ff0000000000000 d9d9f7 c2 40 " +
  "1b0020000000000000 1817 a16161 695f5f70726f746f5f5f01 c0af eda080 f4908080 80";
const hostileBytes: readonly Uint8Array[] = [...hostileText.map(utf8), ...hostileItems.split(" ").map(bytes)];
