import type { Bytes } from "../bytes.ts";
import { handshakeFailed } from "./handshake-error.ts";

/** Reads a message from its beginning to its end; what does not fit is one error. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #failed: () => Error;
  #at = 0;

  /**
   * @param bytes stay the caller's, unchanged as long as this reads
   * @param failed gives the error of every method; CryptoError `handshake` where there is none
   */
  constructor(bytes: Uint8Array, failed: () => Error = handshakeFailed) {
    this.#bytes = bytes;
    this.#failed = failed;
  }

  /** The next `length` bytes, in an array of its own. */
  take(length: number): Bytes {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw this.#failed();
    const part = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return part;
  }

  /** An unsigned integer of 1, 2, 4 or 8 bytes, big-endian, at most 2^53 − 1. */
  integer(length: 1 | 2 | 4 | 8): number {
    let value = 0;
    for (const byte of this.take(length)) value = value * 256 + byte;
    if (value > Number.MAX_SAFE_INTEGER) throw this.#failed();
    return value;
  }

  /** What is left, which may be nothing. */
  rest(): Bytes {
    return this.take(this.#bytes.length - this.#at);
  }

  /** A list of `least` to `most` u16, whose count stands before it as u8. */
  list(least: number, most: number): readonly number[] {
    const count = this.integer(1);
    if (count < least || count > most) throw this.#failed();
    return Array.from({ length: count }, () => this.integer(2));
  }

  /** @throws the error of this reader when something is left */
  end(): void {
    if (this.#at !== this.#bytes.length) throw this.#failed();
  }
}

/** An unsigned integer of 1, 2, 4 or 8 bytes, big-endian. */
export function integerBytes(value: number, length: 1 | 2 | 4 | 8): Bytes {
  const bytes = new Uint8Array(length);
  for (let index = length - 1, rest = value; index >= 0; index -= 1, rest = Math.floor(rest / 256)) {
    bytes[index] = rest % 256;
  }
  return bytes;
}

/** A list of u16 with its count as u8. */
export function listBytes(values: readonly number[]): Bytes {
  return Uint8Array.of(values.length, ...values.flatMap((value) => [value >> 8, value & 0xff]));
}
