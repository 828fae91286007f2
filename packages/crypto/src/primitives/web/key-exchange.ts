/** The two halves of X-Wing in a browser: WebCrypto where it has them (WICG Modern Algorithms), else JavaScript. */
import { type Bytes, concatBytes } from "../../bytes.ts";
import type { XWingParts } from "../x-wing.ts";
import { holdKey, importRawPublic, supports } from "./import-key.ts";

type KeyExchange = Pick<XWingParts, "mlKem" | "x25519">;

/** What X-Wing needs of this browser. */
export async function webKeyExchange(): Promise<KeyExchange> {
  const [mlKem, x25519] = await Promise.all([
    supports(() => subtle.generateKey("ML-KEM-768", false, ["encapsulateBits", "decapsulateBits"])),
    supports(() => crypto.subtle.generateKey("X25519", false, ["deriveBits"])),
  ]);
  if (mlKem && x25519) return native;
  const { nobleKeyExchange } = await import("../noble/key-exchange.ts");
  return {
    mlKem: mlKem ? native.mlKem : nobleKeyExchange.mlKem,
    x25519: x25519 ? native.x25519 : nobleKeyExchange.x25519,
  };
}

/** What the types of the DOM do not know yet. */
interface ModernSubtle {
  generateKey(algorithm: string, extractable: boolean, usages: readonly string[]): Promise<unknown>;
  importKey(
    format: string,
    key: Bytes,
    algorithm: string,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>;
  exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer>;
  getPublicKey(key: CryptoKey, usages: readonly string[]): Promise<CryptoKey>;
  encapsulateBits(
    algorithm: string,
    key: CryptoKey,
  ): Promise<{ readonly ciphertext: ArrayBuffer; readonly sharedKey: ArrayBuffer }>;
  decapsulateBits(algorithm: string, key: CryptoKey, ciphertext: Bytes): Promise<ArrayBuffer>;
}

const subtle = crypto.subtle as unknown as ModernSubtle;

const native: KeyExchange = {
  mlKem: {
    async fromSeed(seed) {
      const imported = await subtle.importKey("raw-seed", seed, "ML-KEM-768", false, ["decapsulateBits"]);
      const publicKey = await subtle.getPublicKey(imported, ["encapsulateBits"]);
      const { key, dispose } = holdKey("this ML-KEM-768 key", imported);
      return {
        publicKey: new Uint8Array(await subtle.exportKey("raw-public", publicKey)),
        decapsulate: async (ciphertext) =>
          new Uint8Array(await subtle.decapsulateBits("ML-KEM-768", key(), ciphertext)),
        dispose,
      };
    },
    async encapsulate(publicKey) {
      const key = await importRawPublic("ML-KEM-768", publicKey, ["encapsulateBits"]);
      const { ciphertext, sharedKey } = await subtle.encapsulateBits("ML-KEM-768", key);
      return { ciphertext: new Uint8Array(ciphertext), secret: new Uint8Array(sharedKey) };
    },
  },
  x25519: {
    async fromScalar(scalar) {
      const encoded = concatBytes(pkcs8Prefix, scalar);
      const imported = await crypto.subtle
        .importKey("pkcs8", encoded, "X25519", false, ["deriveBits"])
        .finally(() => encoded.fill(0));
      const { key, dispose } = holdKey("this X25519 key", imported);
      return {
        publicKey: await agree(imported, basePoint),
        agree: async (share) => agree(key(), share).catch(() => undefined),
        dispose,
      };
    },
  },
};

/** RFC 7748 §6.1. */
const basePoint = Uint8Array.of(9, ...new Uint8Array(31));

/** What stands before the 32 bytes of a private key of X25519 (RFC 8410 §7). */
const pkcs8Prefix = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);

/** @throws OperationError, as a rejection, for a secret of zeros, and for nothing else of 32 bytes */
async function agree(key: CryptoKey, share: Bytes): Promise<Bytes> {
  const publicKey = await importRawPublic("X25519", share, []);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: publicKey }, key, 256));
}
