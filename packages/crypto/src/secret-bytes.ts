import { CryptoError } from "./crypto-error.ts";

/**
 * The only holder of secret key bytes. Whoever makes one owns it, may hand ownership on, and the last owner disposes
 * of it. It shows its length and nothing else to `String`, templates, `JSON.stringify` and Node's `inspect`;
 * `structuredClone`, `postMessage` and IndexedDB refuse it.
 *
 * What it cannot do: an engine may have copied the bytes while moving memory, and code in the same process that is
 * given them in `use` can copy them. Zeroing shortens the life of a secret; JavaScript cannot guarantee its end.
 */
export class SecretBytes {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #disposed = false;

  /** The same as `dispose`, for `using`; absent at run time where the platform has no `Symbol.dispose` (Safari). */
  declare readonly [Symbol.dispose]: () => void;

  static {
    define(SecretBytes.prototype, Symbol.for("nodejs.util.inspect.custom"), SecretBytes.prototype.toString);
    if (Symbol.dispose !== undefined) define(SecretBytes.prototype, Symbol.dispose, SecretBytes.prototype.dispose);
  }

  /**
   * Moves `bytes` in: they are copied and the given array is filled with zeros, so no other array holds the secret.
   *
   * @throws CryptoError `invalid-length` for no bytes
   */
  static take(bytes: Uint8Array): SecretBytes {
    const secret = SecretBytes.copyOf(bytes);
    bytes.fill(0);
    return secret;
  }

  /**
   * Copies `bytes` and leaves them as they are; they stay the caller's to erase.
   *
   * @throws CryptoError `invalid-length` for no bytes
   */
  static copyOf(bytes: Uint8Array): SecretBytes {
    checkLength(bytes.length, Number.POSITIVE_INFINITY);
    return new SecretBytes(new Uint8Array(bytes));
  }

  /**
   * `length` bytes of the platform's cryptographic random generator.
   *
   * @throws CryptoError `invalid-length` unless `length` is an integer from 1 to 65,536
   */
  static random(length: number): SecretBytes {
    checkLength(length, maxRandomBytes);
    return new SecretBytes(globalThis.crypto.getRandomValues(new Uint8Array(length)));
  }

  private constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    // A function cannot be cloned, and one of its own makes the object unequal to every other under deep comparison.
    Object.defineProperty(this, "uncloneable", { enumerable: true, value: () => this.toString() });
  }

  /** Number of bytes; not secret, and still there after `dispose`. */
  get length(): number {
    return this.#bytes.length;
  }

  /**
   * Calls `fn` with the bytes themselves and returns what it returns. `fn` must neither change nor keep them; what it
   * does later, after an `await`, may find zeros.
   *
   * @throws CryptoError `disposed` after `dispose`
   * @throws CryptoError `escaped` when `fn` returns the bytes or a view of them
   */
  use<Result>(fn: (bytes: Uint8Array<ArrayBuffer>) => Result): Result {
    const bytes = this.#alive();
    const result = fn(bytes);
    if (bufferOf(result) === bytes.buffer) {
      throw new CryptoError("escaped", "use() was about to return the secret bytes; return what is computed from them");
    }
    return result;
  }

  /**
   * Whether both hold the same bytes. Of two secrets of one length every byte is looked at, with no branch on any of
   * them, so that the time tells nothing about where they differ. Unequal lengths are told apart at once: a length is
   * not secret. It is as constant in time as JavaScript can be; the compiler and the processor promise nothing.
   *
   * @throws CryptoError `disposed` when either has been disposed of
   */
  equals(other: SecretBytes): boolean {
    const mine = this.#alive();
    const theirs = other.#alive();
    if (mine.length !== theirs.length) return false;
    let difference = 0;
    for (let index = 0; index < mine.length; index += 1) {
      difference |= (mine[index] as number) ^ (theirs[index] as number);
    }
    return difference === 0;
  }

  /** Fills the bytes with zeros and makes every later use throw; idempotent. */
  dispose(): void {
    this.#disposed = true;
    this.#bytes.fill(0);
  }

  /** The length, not the bytes. */
  toString(): string {
    return `SecretBytes(${this.length} bytes, redacted)`;
  }

  /** The same as `toString`. */
  toJSON(): string {
    return this.toString();
  }

  #alive(): Uint8Array<ArrayBuffer> {
    if (this.#disposed)
      throw new CryptoError("disposed", "this secret has been disposed of; its owner let go too early");
    return this.#bytes;
  }
}

/** What one call of `getRandomValues` gives at most (Web Cryptography API §10.1.1). */
const maxRandomBytes = 65_536;

function checkLength(length: number, max: number): void {
  if (Number.isInteger(length) && length >= 1 && length <= max) return;
  const expected = max === Number.POSITIVE_INFINITY ? "1 byte or more" : `1 to ${max} bytes`;
  throw new CryptoError("invalid-length", `a secret must have ${expected}, got ${length}`);
}

/** The memory behind a buffer or a view. */
function bufferOf(value: unknown): unknown {
  return ArrayBuffer.isView(value) ? value.buffer : value;
}

function define(target: object, key: symbol, value: unknown): void {
  Object.defineProperty(target, key, { value });
}
