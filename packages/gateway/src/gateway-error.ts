/**
 * What went wrong, for whoever runs or builds on a gateway; stable, and what a handler looks at.
 *
 * - `invalid-options`: an option is missing or not what its docstring asks for.
 * - `unsupported-protection`: the contract asks for a protection level this gateway cannot serve.
 * - `port-in-use`: another process listens there.
 * - `address-unavailable`: this machine has no such address to listen on.
 * - `permission-denied`: this user may not listen there.
 * - `bad-certificate`: the TLS certificate or key cannot be read or do not fit each other.
 * - `closed`: the gateway has been closed.
 * - `invalid-identity`: an authenticator made an identity outside its bounds.
 * - `invalid-grants`: a list of grants is not as its grammar says.
 * - `keys-unavailable`: the key set that tokens are checked with could not be fetched.
 */
export type GatewayErrorCode =
  | "invalid-options"
  | "unsupported-protection"
  | "port-in-use"
  | "address-unavailable"
  | "permission-denied"
  | "bad-certificate"
  | "closed"
  | "invalid-identity"
  | "invalid-grants"
  | "keys-unavailable";

/** The one error class of this package. Look at `code`, never at the class or the message. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: GatewayErrorCode;

  constructor(code: GatewayErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
