import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import type { XWingParts } from "../x-wing.ts";

/** SHA3-256 and SHAKE256 (FIPS 202) in JavaScript; browsers have neither. */
export const nobleSha3: Pick<XWingParts, "sha3" | "shake256"> = {
  sha3: (message) => sha3_256(message),
  shake256: (message, length) => shake256(message, { dkLen: length }),
};
