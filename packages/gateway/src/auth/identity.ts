import type { Json } from "@wardwire/wire/frames";
import { GatewayError } from "../gateway-error.ts";
import type { Grants } from "./grants.ts";

/** Who a connection speaks for, as an authenticator found it. Made by {@link createIdentity}. */
export interface Identity {
  /** 1 to 256 characters without control characters. */
  readonly userId: string;
  /** The device the credential is bound to; absent when it names none and the client may. */
  readonly deviceId?: string;
  readonly sessionId?: string;
  /** What a single credential is revoked by; a token's `jti`. */
  readonly tokenId?: string;
  /**
   * When the credential was issued, in ms since 1970. One that does not say counts as issued before any instant: a revocation with
   * `issuedBefore` refuses it for as long as that is kept.
   */
  readonly issuedAt?: number;
  /** From this instant on, in ms since 1970, the credential is worth nothing (R39). */
  readonly expiresAt: number;
  /** Absent: not restricted by grants. Present: what no grant allows is denied. */
  readonly grants?: Grants;
  /** Every verified claim, for the application's own `authorize`. */
  readonly claims: Readonly<Record<string, Json>>;
}

/** What a peer proves itself with. `der` is a client certificate the TLS layer has already verified. */
export type Credential =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "ticket"; readonly ticket: string }
  | { readonly kind: "certificate"; readonly der: Uint8Array };

/** Circumstances of an authentication. */
export interface AuthenticateContext {
  /** Aborted when the connection has gone and the answer matters to nobody. */
  readonly signal: AbortSignal;
  readonly remoteAddress: string;
}

/** Turns a credential into an identity, or refuses it. A throw or a rejection refuses it too. */
export type Authenticate = (
  credential: Credential,
  context: AuthenticateContext,
) => Promise<AuthenticateResult> | AuthenticateResult;

/** The answer of an {@link Authenticate}. */
export type AuthenticateResult = Authenticated | NotAuthenticated;

/** The credential is good. */
export interface Authenticated {
  readonly ok: true;
  readonly identity: Identity;
}

/** The credential is refused; the peer is told `code` and nothing more (R45). */
export interface NotAuthenticated {
  readonly ok: false;
  /** `unavailable`: it could not be checked, and the same credential may pass later. */
  readonly code: "token-expired" | "token-invalid" | "unavailable";
  /** For the log only; never holds the credential. */
  readonly detail: string;
}

/**
 * Checks the bounds of an identity and freezes it. Ids are 1 to 256 characters (UTF-16 code units, well-formed) without
 * control characters, line separators or bidirectional controls, so that they can stand in a frame, a log line and a
 * page; times are whole milliseconds.
 *
 * @throws invalid-identity for anything else.
 */
export function createIdentity(fields: Identity): Identity {
  checkId("userId", fields.userId);
  for (const name of ["deviceId", "sessionId", "tokenId"] as const) {
    if (fields[name] !== undefined) {
      checkId(name, fields[name]);
    }
  }
  checkTime("expiresAt", fields.expiresAt);
  if (fields.issuedAt !== undefined) {
    checkTime("issuedAt", fields.issuedAt);
  }
  return Object.freeze({ ...fields });
}

const maxIdLength = 256;
const forbiddenInIds = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

function checkId(name: string, value: unknown): void {
  if (typeof value !== "string" || value === "" || value.length > maxIdLength) {
    throw new GatewayError("invalid-identity", `${name}: expected a string of 1 to ${maxIdLength} characters`);
  }
  if (!value.isWellFormed() || forbiddenInIds.test(value)) {
    throw new GatewayError("invalid-identity", `${name}: expected no control characters and well-formed Unicode`);
  }
}

function checkTime(name: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new GatewayError("invalid-identity", `${name}: expected whole milliseconds since 1970`);
  }
}
