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
 * - `file-unavailable`: a file or folder of keys is missing, is none, or cannot be read or written.
 * - `file-exposed`: other users can read or write a file of keys, or write to its folder.
 * - `server-keys-invalid`: a key file, a bundle or a master key is not what it has to be, or they do not belong together.
 * - `server-keys-expired`: the delegate or the bundle is outside its dates.
 * - `server-keys-conflict`: what is asked for does not go with the server keys there are.
 * - `server-keys-busy`: another process went on changing the server keys.
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
  | "keys-unavailable"
  | "file-unavailable"
  | "file-exposed"
  | "server-keys-invalid"
  | "server-keys-expired"
  | "server-keys-conflict"
  | "server-keys-busy";

/** The one error class of this package. Look at `code`, never at the class or the message. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: GatewayErrorCode;

  constructor(code: GatewayErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
