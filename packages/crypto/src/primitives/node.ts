/**
 * The backend of Node: `node:crypto`, synchronous but for the KEM, which runs in the thread pool. Every key is a KeyObject,
 * made once: raw key bytes given to a cipher or an HMAC cost four times as much per call (docs/adr/0010-one-interface-sync-and-async.md).
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { concatBytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { requireExpandLength, requireKeyLength, requireLength } from "./lengths.ts";
import { nodeKeyExchange } from "./node/key-exchange.ts";
import { importPrivateKey, importPublicKey, own } from "./node/keys.ts";
import { type AeadAlgorithm, type AeadKey, aeadBytes, type Primitives, type SignatureScheme } from "./primitives.ts";
import { randomBytes } from "./random-bytes.ts";
import { assembleXWing } from "./x-wing.ts";

/** All primitives by `node:crypto`. */
export const nodePrimitives: Primitives<"sync"> = {
  backend: "node",
  randomBytes,
  sha256: (message) => own(hash("sha256", message, "buffer")),
  hkdfExtract: (salt, ikm) => ikm.use((bytes) => hmac(secretKey(salt.length === 0 ? noSalt : salt), bytes)),
  hkdfExpand,
  importAead,
  kem: assembleXWing({
    randomBytes,
    sha3: (message) => own(hash("sha3-256", message, "buffer")),
    shake256: (message, length) => own(createHash("shake256", { outputLength: length }).update(message).digest()),
    ...nodeKeyExchange,
  }),
  ed25519: signatureScheme("ed25519", 32, 64),
  mlDsa65: signatureScheme("ml-dsa-65", 1_952, 3_309),
};

const noSalt = new Uint8Array(32);

function secretKey(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes);
}

function hmac(key: KeyObject, ...message: readonly Uint8Array[]): SecretBytes {
  const mac = createHmac("sha256", key);
  for (const part of message) mac.update(part);
  return SecretBytes.take(mac.digest());
}

function hkdfExpand(prk: SecretBytes, info: Uint8Array, length: number): SecretBytes {
  requireExpandLength(length);
  const key = prk.use(secretKey);
  const output = new Uint8Array(Math.ceil(length / 32) * 32);
  for (let at = 0, counter = 1; at < length; at += 32, counter += 1) {
    const before = output.subarray(Math.max(0, at - 32), at);
    const block = hmac(key, before, info, Uint8Array.of(counter));
    block.use((bytes) => output.set(bytes, at));
    block.dispose();
  }
  const result = SecretBytes.copyOf(output.subarray(0, length));
  output.fill(0);
  return result;
}

function importAead(algorithm: AeadAlgorithm, key: SecretBytes): AeadKey<"sync"> {
  requireLength("an AEAD key", key, aeadBytes.key);
  let keyObject: KeyObject | undefined = key.use(secretKey);
  // Both algorithms take the same calls; Node's types know them one by one.
  const name = algorithm as "aes-256-gcm";
  const options = { authTagLength: aeadBytes.tag };
  const alive = (): KeyObject => {
    if (keyObject === undefined) throw new CryptoError("disposed", "this AEAD key has been disposed of");
    return keyObject;
  };
  return {
    seal(nonce, associatedData, plaintext) {
      requireLength("an AEAD nonce", nonce, aeadBytes.nonce);
      const cipher = createCipheriv(name, alive(), nonce, options);
      cipher.setAAD(associatedData);
      const ciphertext = cipher.update(plaintext);
      cipher.final();
      return concatBytes(ciphertext, cipher.getAuthTag());
    },
    open(nonce, associatedData, sealed) {
      const length = sealed.length - aeadBytes.tag;
      if (length < 0 || nonce.length !== aeadBytes.nonce) return undefined;
      const decipher = createDecipheriv(name, alive(), nonce, options);
      decipher.setAAD(associatedData);
      decipher.setAuthTag(sealed.subarray(length));
      const plaintext = decipher.update(sealed.subarray(0, length));
      try {
        decipher.final();
      } catch {
        plaintext.fill(0);
        return undefined;
      }
      return new Uint8Array(plaintext);
    },
    dispose() {
      keyObject = undefined;
    },
  };
}

function signatureScheme(
  type: "ed25519" | "ml-dsa-65",
  publicKeyBytes: number,
  signatureBytes: number,
): SignatureScheme<"sync"> {
  return {
    publicKeyBytes,
    signatureBytes,
    signer(seed) {
      requireLength(`a seed of ${type}`, seed, 32);
      const { publicKey, key, dispose } = seed.use((bytes) => importPrivateKey(type, bytes));
      return { publicKey, sign: (message) => own(sign(null, message, key())), dispose };
    },
    verifier(publicKey) {
      requireKeyLength(`a public key of ${type}`, publicKey, publicKeyBytes);
      const key = importPublicKey(type, publicKey);
      return {
        verify: (message, signature) => signature.length === signatureBytes && verify(null, message, key, signature),
      };
    },
  };
}
