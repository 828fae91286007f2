import type { Bytes } from "../bytes.ts";

/** `length` bytes, at most 65,536, of the operating system's generator, which every platform offers under this name. */
export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}
