import { createSecretKey } from "node:crypto";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { type CryptoKey, createLocalJWKSet, type FlattenedJWSInput, type JWK, type JWSHeaderParameters } from "jose";
import { systemClock } from "../../clock.ts";
import { GatewayError } from "../../gateway-error.ts";
import type { AsymmetricAlgorithm } from "./algorithms.ts";
import type { JwtOptions } from "./jwt-options.ts";
import { RemoteKeys } from "./remote-keys.ts";
import { checkKeys } from "./verification-keys.ts";

/** Finds the key a token is checked with, by its `alg` and `kid`; rejects where no key or more than one fits. */
export type FindKey = (header: JWSHeaderParameters, jws: FlattenedJWSInput) => Promise<CryptoKey>;

/**
 * Loads the keys of checked options.
 *
 * @throws GatewayError invalid-options for a key that could never verify a token, or two with the same `kid`.
 */
export function keyFinder(options: JwtOptions): FindKey {
  if (options.secret !== undefined) {
    return sharedSecret(options.secret);
  }
  if (options.keys !== undefined) {
    return configuredKeys(options.keys, options.algorithms);
  }
  const remote = new RemoteKeys(options.jwks.url, options.algorithms, options.clock ?? systemClock);
  return (header, jws) => remote.find(header, jws);
}

function sharedSecret(secret: SecretBytes): FindKey {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = secret.use((bytes) => createSecretKey(bytes).toCryptoKey(hmac, false, ["verify"]));
  return async () => key;
}

function configuredKeys(keys: readonly JWK[], algorithms: readonly AsymmetricAlgorithm[]): FindKey {
  const { usable, refused } = checkKeys(keys, algorithms);
  if (refused.length > 0 || usable.length === 0) {
    throw new GatewayError("invalid-options", `jwt: ${refused.join("; ") || "keys: expected at least one key"}`);
  }
  const kids = usable.flatMap(({ kid }) => kid ?? []);
  if (new Set(kids).size < kids.length) {
    throw new GatewayError("invalid-options", "jwt: keys: expected every kid to be given once");
  }
  return createLocalJWKSet({ keys: [...usable] });
}
