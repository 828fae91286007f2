/**
 * What went wrong:
 * - `disposed`: the secret has been disposed of
 * - `invalid-length`: a secret, a key, a nonce or a text does not have the length it must have
 * - `escaped`: a caller was about to get hold of secret bytes
 * - `invalid-key`: a public key that cannot be used
 * - `handshake`: the sealed handshake failed; never says why (HS-4.2)
 * - `unknown-key`: the gateway does not have the bundle or the key that was named; fetch the bundle again (HS-1.6)
 * - `key-bundle`: a key bundle, certificate or revocation that must not be used (KB-3.7)
 * - `clock`: outside the dates of a bundle by more than is tolerated (KB-3.6)
 * - `session`: a record of a session does not open; never says why (SR-1.4)
 * - `channel`: a channel record, or what is told about it, does not hold; never says why (RK-3.2)
 * - `limit-reached`: keys have sealed all they may (SR-4.2)
 * - `invalid-limit`: a limit above the highest, or none at all (SR-1.5)
 * - `key-file`: a key file that cannot be opened (KF-3)
 */
export type CryptoErrorCode =
  | "disposed"
  | "invalid-length"
  | "escaped"
  | "invalid-key"
  | "handshake"
  | "unknown-key"
  | "key-bundle"
  | "clock"
  | "session"
  | "channel"
  | "limit-reached"
  | "invalid-limit"
  | "key-file";

/** The one error of this package. Look at `code`; the message is for people and never holds a secret. */
export class CryptoError extends Error {
  override readonly name = "CryptoError";
  readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
