/**
 * What went wrong:
 * - `disposed`: the secret has been disposed of
 * - `invalid-length`: no secret has this many bytes
 * - `escaped`: a caller was about to get hold of secret bytes
 */
export type CryptoErrorCode = "disposed" | "invalid-length" | "escaped";

/** The one error of this package. Look at `code`; the message is for people and never holds a secret. */
export class CryptoError extends Error {
  override readonly name = "CryptoError";
  readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
