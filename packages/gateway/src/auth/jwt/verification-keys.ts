import { createPublicKey } from "node:crypto";
import type { JWK } from "jose";
import { type AsymmetricAlgorithm, keyKinds } from "./algorithms.ts";

/** The keys of a set that may verify tokens, and why each of the others may not. */
export interface CheckedKeys {
  /** Public members only. Each can serve one algorithm and no other, by its curve or its `alg`. */
  readonly usable: readonly JWK[];
  /** One line a key, by its place in the set; holds no key material. */
  readonly refused: readonly string[];
}

/**
 * Picks the keys that may verify a token (R37, R38): public, asymmetric, for signatures (`use`, `key_ops`), RSA of at
 * least 2048 bits with an exponent of at least 65537, and bound to one of the given algorithms. An RSA key without
 * `alg` takes the only RSA algorithm on the list; where there are several it is refused, since one key then would
 * serve two algorithms (RFC 8725 §3.1).
 */
export function checkKeys(keys: readonly unknown[], algorithms: readonly AsymmetricAlgorithm[]): CheckedKeys {
  const usable: JWK[] = [];
  const refused: string[] = [];
  keys.forEach((key, index) => {
    const checked = checkKey(key, algorithms);
    if (typeof checked === "string") {
      refused.push(`keys[${index}] ${checked}`);
    } else {
      usable.push(checked);
    }
  });
  return { usable, refused };
}

const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
const publicMembers = ["kty", "kid", "crv", "x", "y", "n", "e", "pub"] as const;
const minRsaBits = 2048;
const minRsaExponent = 65_537n;

/** The key without what verification does not need, or what is wrong with it. */
function checkKey(key: unknown, algorithms: readonly AsymmetricAlgorithm[]): JWK | string {
  if (typeof key !== "object" || key === null) {
    return "is not an object";
  }
  const jwk = key as Readonly<Record<string, unknown>>;
  if (jwk["kty"] === "oct" || secretMembers.some((member) => Object.hasOwn(jwk, member))) {
    return "is private or symmetric; give public keys only, and replace this one, which others may have seen";
  }
  if (jwk["kid"] !== undefined && typeof jwk["kid"] !== "string") {
    return "has a kid that is not a string";
  }
  const keyOps = jwk["key_ops"];
  if (
    (jwk["use"] ?? "sig") !== "sig" ||
    (keyOps !== undefined && !(Array.isArray(keyOps) && keyOps.includes("verify")))
  ) {
    return "is not for signatures by its use or key_ops";
  }
  const algorithm = boundAlgorithm(jwk, algorithms);
  if (typeof algorithm !== "object") {
    return algorithm;
  }
  const members = Object.fromEntries(
    publicMembers.map((member) => [member, jwk[member]]).filter(([, value]) => value !== undefined),
  );
  const publicJwk: JWK = { ...members, ...algorithm };
  return weakness(publicJwk) ?? publicJwk;
}

/** The `alg` member that binds the key to one algorithm; empty where its curve does. */
function boundAlgorithm(
  jwk: Readonly<Record<string, unknown>>,
  algorithms: readonly AsymmetricAlgorithm[],
): { readonly alg?: AsymmetricAlgorithm } | string {
  const fitting = algorithms.filter((name) => {
    const kind = keyKinds[name];
    const ofKind = jwk["kty"] === kind.kty && (kind.crv === undefined || jwk["crv"] === kind.crv);
    return ofKind && (jwk["alg"] === undefined || sameAlgorithm(jwk["alg"], name));
  });
  const [alg, another] = fitting;
  if (alg === undefined) {
    return "fits none of the configured algorithms";
  }
  if (keyKinds[alg].crv !== undefined) {
    return {};
  }
  return another === undefined ? { alg } : `has no alg, and ${fitting.join(", ")} would all fit`;
}

function sameAlgorithm(a: unknown, b: AsymmetricAlgorithm): boolean {
  const fullyNamed = (name: unknown): unknown => (name === "EdDSA" ? "Ed25519" : name);
  return fullyNamed(a) === fullyNamed(b);
}

function weakness(jwk: JWK): string | undefined {
  try {
    const details = createPublicKey({ key: jwk, format: "jwk" }).asymmetricKeyDetails;
    if (jwk.kty === "RSA" && (details?.modulusLength ?? 0) < minRsaBits) {
      return `is RSA of ${details?.modulusLength} bits; at least ${minRsaBits} are needed`;
    }
    if (jwk.kty === "RSA" && (details?.publicExponent ?? 0n) < minRsaExponent) {
      return `is RSA with exponent ${details?.publicExponent}; at least ${minRsaExponent} is needed`;
    }
    return undefined;
  } catch {
    return "is not a valid key of its type";
  }
}
