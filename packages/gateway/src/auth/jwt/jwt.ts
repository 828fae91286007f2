import type { Json } from "@wardwire/wire/frames";
import { errors, type JWSHeaderParameters, type JWTPayload, jwtVerify } from "jose";
import { systemClock } from "../../clock.ts";
import { parseGrants } from "../grants.ts";
import { type Authenticate, createIdentity, type Identity, type NotAuthenticated } from "../identity.ts";
import { checkJwtOptions, type JwtOptions, type JwtRules } from "./jwt-options.ts";
import { type FindKey, keyFinder } from "./key-finder.ts";

/**
 * Authenticates by a signed JSON Web Token (R37, R38, RFC 8725): compact form, signature, `typ`, `iss`, `aud`, `exp`,
 * `nbf` and `iat` are all checked. `exp` is required and exact; `nbf` and `iat` have a tolerance of 60 s. Every key is
 * bound to one algorithm when it is loaded, and `kid` selects among these keys and does nothing else: `jku`, `x5u`,
 * `jwk` and `x5c` are ignored, `crit`, `b64` and `zip` refused. A token without `kid` passes only where a single key
 * fits its algorithm. A `grants` claim is parsed by `parseGrants`; one that does not parse makes the token invalid.
 *
 * The result never rejects. A token that is fine but for its age is `token-expired`, a key set that cannot be fetched
 * is `unavailable`, anything else is `token-invalid`. A fetch is shared by all who wait for it and has its own deadline,
 * so a single connection's signal does not end it.
 *
 * @throws GatewayError invalid-options, at construction.
 */
export function jwt(options: JwtOptions): Authenticate {
  checkJwtOptions(options);
  const verify = tokenVerifier(options, keyFinder(options));
  return async (credential) => {
    if (credential.kind !== "token") {
      return invalid(`expected a token, got a ${credential.kind}`);
    }
    try {
      return { ok: true, identity: await verify(credential.token) };
    } catch (error) {
      return refusal(error);
    }
  };
}

const toleranceMs = 60_000;
const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const maxDetailLength = 300;

function tokenVerifier(options: JwtOptions, findKey: FindKey): (token: string) => Promise<Identity> {
  const { issuer, audience, clock = systemClock, maxTokenBytes = 8_192 } = options;
  const types = new Set((options.typ ?? ["at+jwt", "JWT"]).map(normalizeType));
  return async (token) => {
    if (token.length > maxTokenBytes) {
      throw new errors.JWTInvalid(`expected at most ${maxTokenBytes} bytes, got ${token.length}`);
    }
    if (!compactJws.test(token)) {
      throw new errors.JWTInvalid("expected three parts in base64url (a signed token in compact form)");
    }
    const checkedKey: FindKey = async (header, jws) => {
      checkHeader(header, types);
      return findKey(header, jws);
    };
    const { payload } = await jwtVerify(token, checkedKey, {
      algorithms: [...options.algorithms],
      issuer,
      audience,
      requiredClaims: ["exp"],
      clockTolerance: toleranceMs / 1_000,
      currentDate: new Date(clock.now()),
    });
    checkTimes(payload, clock.now(), options.maxTokenAgeMs);
    return identityFrom(payload, options);
  };
}

function checkHeader(header: JWSHeaderParameters, types: ReadonlySet<string>): void {
  // jose refuses every crit but that of b64.
  for (const extension of ["b64", "zip"]) {
    if (Object.hasOwn(header, extension)) {
      throw new errors.JWSInvalid(`the header ${extension} is not supported`);
    }
  }
  if (typeof header.typ !== "string" || !types.has(normalizeType(header.typ))) {
    throw new errors.JWSInvalid(`expected typ to be one of ${[...types].join(", ")}`);
  }
}

/** RFC 7515 §4.1.9: a media type, whose `application/` may be left out. */
function normalizeType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, "");
}

/** jose has allowed `exp` the tolerance of `nbf` and has not looked at `iat`; both are settled here. */
function checkTimes(payload: JWTPayload, nowMs: number, maxTokenAgeMs: number | undefined): void {
  const { exp = 0, iat } = payload;
  if (iat !== undefined && iat * 1_000 > nowMs + toleranceMs) {
    throw new errors.JWTClaimValidationFailed("iat is in the future", payload, "iat", "check_failed");
  }
  if (maxTokenAgeMs !== undefined && iat === undefined) {
    throw new errors.JWTClaimValidationFailed("iat is missing", payload, "iat", "missing");
  }
  if (maxTokenAgeMs !== undefined && iat !== undefined && iat * 1_000 + maxTokenAgeMs + toleranceMs <= nowMs) {
    throw new errors.JWTExpired("iat is too long ago", payload, "iat", "check_failed");
  }
  if (Math.floor(exp * 1_000) <= nowMs) {
    throw new errors.JWTExpired("exp has passed", payload, "exp", "check_failed");
  }
}

function identityFrom(payload: JWTPayload, options: JwtRules): Identity {
  const { iat, exp = 0 } = payload;
  const deviceId = textClaim(payload, options.deviceClaim ?? "device");
  const sessionId = textClaim(payload, options.sessionClaim ?? "sid");
  const tokenId = textClaim(payload, "jti");
  return createIdentity({
    userId: textClaim(payload, options.userClaim ?? "sub") ?? "",
    ...(deviceId !== undefined && { deviceId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(tokenId !== undefined && { tokenId }),
    ...(iat !== undefined && { issuedAt: Math.floor(iat * 1_000) }),
    expiresAt: Math.floor(exp * 1_000),
    ...(Object.hasOwn(payload, "grants") && { grants: parseGrants(payload["grants"]) }),
    claims: Object.freeze(payload) as Readonly<Record<string, Json>>,
  });
}

function textClaim(payload: JWTPayload, name: string): string | undefined {
  const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
  if (value !== undefined && typeof value !== "string") {
    throw new errors.JWTClaimValidationFailed(`expected ${name} to be a string`, payload, name, "invalid");
  }
  return value;
}

function refusal(error: unknown): NotAuthenticated {
  const detail = (error instanceof Error ? error.message : "unknown").slice(0, maxDetailLength);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ERR_JWT_EXPIRED":
      return { ok: false, code: "token-expired", detail };
    case "keys-unavailable":
      return { ok: false, code: "unavailable", detail };
    default:
      return invalid(detail);
  }
}

function invalid(detail: string): NotAuthenticated {
  return { ok: false, code: "token-invalid", detail };
}
