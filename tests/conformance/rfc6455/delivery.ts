import type { SeededRandom } from "../../attacks/fuzz/seeded-random.ts";

/** How the bytes of a case are cut for sending. */
export interface Delivery {
  readonly name: string;
  cut(bytes: Buffer, random: SeededRandom): Iterable<Buffer>;
}

/**
 * All at once, byte by byte, and in random slices. Over TLS each slice is a record of its own, and OpenSSL hands out
 * records one by one: the receiver sees exactly these slices, which TCP alone would not promise.
 */
export const deliveries: readonly Delivery[] = [
  { name: "whole", cut: (bytes) => [bytes] },
  { name: "byte by byte", cut: byteByByte },
  { name: "in random slices", cut: randomSlices },
];

/** The most bytes of a case that are sent one by one: every head is, and every payload up to some 4 KiB. */
const singleBytes = 4_096;

function* byteByByte(bytes: Buffer): Iterable<Buffer> {
  const middle = Math.max(0, bytes.length - singleBytes);
  const before = Math.min(bytes.length, singleBytes / 2);
  yield* slices(bytes.subarray(0, before), () => 1);
  yield* slices(bytes.subarray(before, before + middle), () => 4_093);
  yield* slices(bytes.subarray(before + middle), () => 1);
}

function randomSlices(bytes: Buffer, random: SeededRandom): Iterable<Buffer> {
  const typical = random.pick([2, 7, 61, 1_021]);
  return slices(bytes, () => random.between(1, bytes.length > 16_384 ? 16_384 : typical));
}

function* slices(bytes: Buffer, next: () => number): Iterable<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + next());
    yield bytes.subarray(start, end);
    start = end;
  }
}
