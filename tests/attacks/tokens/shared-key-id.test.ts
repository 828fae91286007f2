import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { describe, test } from "node:test";
import { jwt } from "@wardwire/gateway";
import type { Authenticate } from "@wardwire/gateway/identity";
import { KeySetServer } from "../../../packages/gateway/test/auth/key-set-server.ts";
import {
  audience,
  claimsAt,
  newSigner,
  type Signer,
  signToken,
} from "../../../packages/gateway/test/auth/token-signer.ts";
import { guardedTarget, type Target } from "../fixtures/target.ts";
import { cachesByKeyId } from "../fixtures/weak/lax-verifiers.ts";
import { inFrame, manyFailures } from "./presented-token.ts";

const issuers = ["https://ours.example", "https://theirs.example"] as const;
/** Two issuers that happened on the same key id. */
const ours = newSigner("EdDSA", "2026-11");
const theirs = newSigner("EdDSA", "2026-11");
const tokensAtOnce = 20;

const serving = (authenticate: Authenticate) =>
  guardedTarget({ ...manyFailures, maxConnectionsPerUser: 200 }, "plain", { authenticate });

/** What becomes of many tokens of this signer at once, all in the name of `issuer`. */
async function outcomes({ port }: Target, signer: Signer, issuer: string): Promise<ReadonlySet<number | string>> {
  const token = signToken(signer, claimsAt(Date.now(), { iss: issuer }));
  return new Set(await Promise.all(Array.from({ length: tokensAtOnce }, () => inFrame(port, token))));
}

/** Each signer at each gateway, all at the same time. */
async function crossSigned(here: Target, there: Target): Promise<readonly (number | string)[][]> {
  const [our, their] = issuers;
  const all = await Promise.all([
    outcomes(here, ours, our),
    outcomes(here, theirs, our),
    outcomes(there, theirs, their),
    outcomes(there, ours, their),
  ]);
  return all.map((each) => [...each]);
}

describe("attack 15: two issuers with the same key id", { timeout: 20_000 }, () => {
  test("attack 15: neither issuer's tokens are taken for the other's, however many come at once (CVE-2026-49998, R38)", async () => {
    await using ourKeys = await KeySetServer.start([ours.publicJwk]);
    await using theirKeys = await KeySetServer.start([theirs.publicJwk]);
    const authenticator = (issuer: string, { url }: KeySetServer) =>
      jwt({ issuer, audience, algorithms: ["EdDSA"], jwks: { url } });
    await using here = await serving(authenticator(issuers[0], ourKeys));
    await using there = await serving(authenticator(issuers[1], theirKeys));
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual(await crossSigned(here, there), [["connected"], [4402], ["connected"], [4402]]);
    }
  });

  test("negative control: a cache keyed by the id alone takes one issuer's key for the other's", async () => {
    const cache = new Map<unknown, KeyObject>();
    await using here = await serving(cachesByKeyId(cache, ours.publicKey));
    await using there = await serving(cachesByKeyId(cache, theirs.publicKey));
    assert.deepEqual([...(await outcomes(here, ours, issuers[0]))], ["connected"]);
    assert.deepEqual([...(await outcomes(there, ours, issuers[1]))], ["connected"], "signed by the wrong issuer");
  });
});
