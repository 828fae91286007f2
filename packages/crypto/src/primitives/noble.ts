/**
 * The backend of plain JavaScript, for platforms that lack an algorithm: @noble/ciphers, curves, hashes and post-quantum,
 * which nothing outside this file and `noble/` names. Synchronous but for the KEM.
 */
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { SecretBytes } from "../secret-bytes.ts";
import { requireExpandLength } from "./lengths.ts";
import { importAead } from "./noble/aead.ts";
import { nobleKeyExchange } from "./noble/key-exchange.ts";
import { nobleSha3 } from "./noble/sha3.ts";
import { nobleEd25519, nobleMlDsa65 } from "./noble/signatures.ts";
import type { Primitives } from "./primitives.ts";
import { randomBytes } from "./random-bytes.ts";
import { assembleXWing } from "./x-wing.ts";

/** All primitives in JavaScript. */
export const noblePrimitives: Primitives<"sync"> = {
  backend: "noble",
  randomBytes,
  sha256: (message) => sha256(message),
  hkdfExtract: (salt, ikm) => SecretBytes.take(ikm.use((bytes) => extract(sha256, bytes, salt))),
  hkdfExpand(prk, info, length) {
    requireExpandLength(length);
    return SecretBytes.take(prk.use((bytes) => expand(sha256, bytes, info, length)));
  },
  importAead,
  kem: assembleXWing({ randomBytes, ...nobleSha3, ...nobleKeyExchange }),
  ed25519: nobleEd25519,
  mlDsa65: nobleMlDsa65,
};
