import { CryptoError } from "../crypto-error.ts";

/** The one error of a handshake: no cause, the same words whatever went wrong (HS-4.2). */
export function handshakeFailed(): CryptoError {
  return new CryptoError("handshake", "the sealed handshake failed");
}
