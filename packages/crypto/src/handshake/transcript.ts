import { type Bytes, concatBytes, utf8 } from "../bytes.ts";
import { handshakeName } from "../labels.ts";
import { type AeadKey, aeadBytes, type Primitives } from "../primitives/primitives.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { handshakeFailed } from "./handshake-error.ts";

/**
 * The symmetric state of a handshake: h, ck and k of Noise §5.2, for AES-256-GCM and SHA-256. Each key seals once, with
 * nonce 0. It owns ck and k and lets go of them in `dispose`.
 */
export class Transcript {
  readonly #primitives: Primitives;
  #hash: Bytes;
  #chainingKey: SecretBytes;
  #key: AeadKey | undefined;

  /** The state after the prologue and the pre-message `<- s` (HS-1.2). */
  static async start(primitives: Primitives, prologue: Uint8Array, staticKey: Uint8Array): Promise<Transcript> {
    // A name of at most 32 bytes is padded, not hashed (Noise §5.2).
    const name = concatBytes(utf8(handshakeName), new Uint8Array(hashBytes - handshakeName.length));
    const transcript = new Transcript(primitives, name);
    await transcript.mixHash(prologue);
    await transcript.mixHash(staticKey);
    return transcript;
  }

  private constructor(primitives: Primitives, name: Bytes) {
    this.#primitives = primitives;
    this.#hash = name;
    this.#chainingKey = SecretBytes.copyOf(name);
  }

  /** h ← SHA-256(h ‖ data). */
  async mixHash(data: Uint8Array): Promise<void> {
    this.#hash = await this.#primitives.sha256(concatBytes(this.#hash, data));
  }

  /** New ck and k from a secret, which is disposed of. */
  async mixKey(secret: SecretBytes): Promise<void> {
    const [chainingKey, key] = await this.#derive(secret, 2);
    await this.#replace(chainingKey as SecretBytes, key as SecretBytes);
  }

  /** New ck, h and k from a secret, which is disposed of. */
  async mixKeyAndHash(secret: SecretBytes): Promise<void> {
    const [chainingKey, hash, key] = await this.#derive(secret, 3);
    await this.mixHash((hash as SecretBytes).use((bytes) => bytes.slice()));
    (hash as SecretBytes).dispose();
    await this.#replace(chainingKey as SecretBytes, key as SecretBytes);
  }

  /** EncryptAndHash, once for each key. */
  async seal(payload: Uint8Array): Promise<Bytes> {
    const sealed = await this.#takeKey((key) => key.seal(zeroNonce, this.#hash, payload));
    await this.mixHash(sealed);
    return sealed;
  }

  /**
   * DecryptAndHash, once for each key.
   *
   * @throws CryptoError `handshake`, as a rejection
   */
  async open(sealed: Uint8Array): Promise<Bytes> {
    const payload = await this.#takeKey((key) => key.open(zeroNonce, this.#hash, sealed));
    if (payload === undefined) throw handshakeFailed();
    await this.mixHash(sealed);
    return payload;
  }

  /** h as it stands, in an array of its own; public. */
  hash(): Bytes {
    return this.#hash.slice();
  }

  /** Extracts the pseudorandom key of the session: HKDF-Extract(h, ck) (session-records.md §1). */
  async extract(): Promise<SecretBytes> {
    return this.#primitives.hkdfExtract(this.#hash, this.#chainingKey);
  }

  /** Lets go of ck and k. */
  dispose(): void {
    this.#chainingKey.dispose();
    this.#key?.dispose();
    this.#key = undefined;
  }

  /** Noise's HKDF: that of RFC 5869 with an empty info. */
  async #derive(secret: SecretBytes, count: 2 | 3): Promise<readonly SecretBytes[]> {
    const extracted = await this.#chainingKey.use((salt) => this.#primitives.hkdfExtract(salt, secret));
    secret.dispose();
    const output = await this.#primitives.hkdfExpand(extracted, new Uint8Array(0), count * hashBytes);
    extracted.dispose();
    const parts = Array.from({ length: count }, (_, index) =>
      output.use((bytes) => SecretBytes.copyOf(bytes.subarray(index * hashBytes, (index + 1) * hashBytes))),
    );
    output.dispose();
    return parts;
  }

  async #replace(chainingKey: SecretBytes, key: SecretBytes): Promise<void> {
    this.dispose();
    this.#chainingKey = chainingKey;
    this.#key = await this.#primitives.importAead("aes-256-gcm", key);
    key.dispose();
  }

  async #takeKey<Result>(use: (key: AeadKey) => Result | Promise<Result>): Promise<Result> {
    const key = this.#key;
    if (key === undefined) throw new Error("a key of the handshake was about to seal twice");
    this.#key = undefined;
    try {
      return await use(key);
    } finally {
      key.dispose();
    }
  }
}

const hashBytes = 32;
const zeroNonce = new Uint8Array(aeadBytes.nonce);
