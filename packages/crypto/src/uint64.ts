/** Writes a whole number up to 2^53 − 1 as u64, big-endian. */
export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value >>> 0);
}

/** Reads a u64; what it gives above 2^53 − 1 is no safe integer, which the caller looks at. */
export function getUint64(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
}
