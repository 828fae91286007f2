/** ML-KEM-768 and X25519 of `node:crypto`, in the thread pool (HS-3.4). */
import { decapsulate, diffieHellman, encapsulate } from "node:crypto";
import { invalidKey } from "../lengths.ts";
import type { XWingParts } from "../x-wing.ts";
import { importPrivateKey, importPublicKey, own } from "./keys.ts";

/** What X-Wing needs of Node. */
export const nodeKeyExchange: Pick<XWingParts, "mlKem" | "x25519"> = {
  mlKem: {
    async fromSeed(seed) {
      const { publicKey, key, dispose } = importPrivateKey("ml-kem-768", seed);
      return {
        publicKey,
        decapsulate: (ciphertext) =>
          new Promise((resolve, reject) => {
            decapsulate(key(), ciphertext, (error, secret) => (error ? reject(error) : resolve(own(secret))));
          }),
        dispose,
      };
    },
    async encapsulate(publicKey) {
      const key = importPublicKey("ml-kem-768", publicKey);
      return new Promise((resolve, reject) => {
        encapsulate(key, (cause, result) => {
          if (cause) reject(invalidKey("expected an ML-KEM-768 public key, got bytes that are none", { cause }));
          else resolve({ ciphertext: own(result.ciphertext), secret: own(result.sharedKey) });
        });
      });
    },
  },
  x25519: {
    async fromScalar(scalar) {
      const { publicKey, key, dispose } = importPrivateKey("x25519", scalar);
      return {
        publicKey,
        agree: (share) =>
          new Promise((resolve) => {
            const peer = importPublicKey("x25519", share);
            // Of 32 bytes OpenSSL refuses nothing but a secret that is all zeros.
            diffieHellman({ privateKey: key(), publicKey: peer }, (error, secret) =>
              resolve(error ? undefined : own(secret)),
            );
          }),
        dispose,
      };
    },
  },
};
