import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { JWK } from "jose";
import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../gateway-error.ts";
import { type AsymmetricAlgorithm, keyKinds } from "./algorithms.ts";

/** Which tokens are accepted, and the keys they are checked with: `keys`, `jwks` or `secret`, one of the three. */
export type JwtOptions = JwtRules & (ConfiguredKeys | FetchedKeys | SharedSecret);

/** What a token has to say. */
export interface JwtRules {
  /** The only accepted `iss`. */
  readonly issuer: string;
  /** What `aud` has to be, or hold. */
  readonly audience: string;
  /** Accepted `typ` headers, without regard to case and to a leading `application/`; `at+jwt` and `JWT` by default. */
  readonly typ?: readonly string[];
  /** Bytes of a token; 8192 by default. */
  readonly maxTokenBytes?: number;
  /** The claim with the user's id; `sub` by default. */
  readonly userClaim?: string;
  /** The claim with the device's id, if there is one; `device` by default. */
  readonly deviceClaim?: string;
  /** The claim with the session's id, if there is one; `sid` by default. */
  readonly sessionClaim?: string;
  /** Milliseconds after `iat` during which a token may be presented. No bound but `exp` by default. */
  readonly maxTokenAgeMs?: number;
  /** For tests; the machine's clock by default. */
  readonly clock?: Clock;
}

/** Public keys from the configuration. */
export interface ConfiguredKeys {
  readonly algorithms: readonly AsymmetricAlgorithm[];
  readonly keys: readonly JWK[];
  readonly jwks?: never;
  readonly secret?: never;
}

/** Public keys the issuer publishes at a URL: https, or http on loopback. */
export interface FetchedKeys {
  readonly algorithms: readonly AsymmetricAlgorithm[];
  readonly jwks: { readonly url: string };
  readonly keys?: never;
  readonly secret?: never;
}

/** A secret of at least 32 bytes that the issuer shares. Read once; the caller stays its owner and may dispose of it. */
export interface SharedSecret {
  readonly algorithms: readonly ["HS256"];
  readonly secret: SecretBytes;
  readonly keys?: never;
  readonly jwks?: never;
}

/**
 * Checks what the types cannot, and what callers without types got wrong. Keys are checked where they are loaded.
 *
 * @throws GatewayError invalid-options
 */
export function checkJwtOptions(options: JwtOptions): void {
  const { keys, jwks, secret } = options;
  if ([keys, jwks, secret].filter((source) => source !== undefined).length !== 1) {
    throw invalidOption("keys, jwks, secret", "exactly one of the three");
  }
  checkAlgorithms(options.algorithms, secret === undefined ? Object.keys(keyKinds) : ["HS256"]);
  if (secret !== undefined && secret.length < minSecretBytes) {
    throw invalidOption("secret", `at least ${minSecretBytes} bytes, got ${secret.length}`);
  }
  for (const name of ["issuer", "audience"] as const) {
    checkText(name, options[name]);
  }
  for (const name of ["userClaim", "deviceClaim", "sessionClaim"] as const) {
    checkText(name, options[name] ?? "default");
  }
  for (const name of ["maxTokenBytes", "maxTokenAgeMs"] as const) {
    if (!Number.isSafeInteger(options[name] ?? 1) || (options[name] ?? 1) < 1) {
      throw invalidOption(name, "a whole number above 0");
    }
  }
  if (options.typ !== undefined && (!Array.isArray(options.typ) || options.typ.length === 0)) {
    throw invalidOption("typ", "a list such as ['at+jwt'], or nothing for the default");
  }
}

const minSecretBytes = 32;

function checkAlgorithms(algorithms: readonly string[], known: readonly string[]): void {
  const isList = Array.isArray(algorithms) && algorithms.length > 0;
  if (!isList || new Set(algorithms).size < algorithms.length || !algorithms.every((name) => known.includes(name))) {
    throw invalidOption("algorithms", `a list out of ${known.join(", ")}, each once (HS256 only with secret)`);
  }
}

function checkText(name: string, value: unknown): void {
  if (typeof value !== "string" || value === "") {
    throw invalidOption(name, "a string that is not empty");
  }
}

function invalidOption(name: string, expectation: string): GatewayError {
  return new GatewayError("invalid-options", `jwt: ${name}: expected ${expectation}`);
}
