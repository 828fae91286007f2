import { CryptoError } from "../crypto-error.ts";

/** The one error of the channels of a session: no cause, the same words whatever went wrong (RK-3.2). */
export function channelFailed(): CryptoError {
  return new CryptoError("channel", "the sealed channel failed");
}
