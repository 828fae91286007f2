import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jwt } from "@wardwire/gateway";
import { KeySetServer } from "../../../packages/gateway/test/auth/key-set-server.ts";
import { audience, claimsAt, issuer, newSigner, signToken } from "../../../packages/gateway/test/auth/token-signer.ts";
import { Decoy } from "../fixtures/decoy.ts";
import { guardedTarget } from "../fixtures/target.ts";
import { fetchesFromIssuer } from "../fixtures/weak/lax-verifiers.ts";
import { inFrame, inHandshake, manyFailures } from "./presented-token.ts";

const signer = newSigner("EdDSA", "ours");
const attacker = newSigner("EdDSA", "theirs");

/** Tokens that name a server of the attacker's wherever a token can name one. */
function tokensNaming(url: string): readonly string[] {
  const claims = claimsAt(Date.now());
  const headers = [{ jku: url }, { x5u: url }, { kid: url }, { jku: url, x5u: url, kid: "ours", iss: url }];
  const named = [{ iss: url }, { aud: url }, { iss: url, aud: [audience, url], sub: url, jwks_uri: url, azp: url }];
  return [
    ...headers.map((header) => signToken(attacker, claims, header)),
    ...named.map((changes) => signToken(attacker, { ...claims, ...changes })),
    ...named.map((changes) => signToken({ ...attacker, kid: "ours" }, { ...claims, ...changes })),
  ];
}

describe("attack 14: a token that names a server to be asked (SSRF)", { timeout: 20_000 }, () => {
  test("attack 14: a forged token makes a gateway connect nowhere but to its one key set (CVE-2026-32301, R38)", async () => {
    await using decoy = await Decoy.start();
    await using keys = await KeySetServer.start([signer.publicJwk]);
    const authenticate = jwt({ issuer, audience, algorithms: ["EdDSA"], jwks: { url: keys.url } });
    await using target = await guardedTarget(manyFailures, "plain", { authenticate });
    for (const token of tokensNaming(`http://${decoy.address}`)) {
      assert.equal(await inFrame(target.port, token), 4402);
      assert.equal(await inHandshake(target.port, token), 401);
    }
    assert.equal(decoy.connections, 0);
    assert.equal(await inFrame(target.port, signToken(signer, claimsAt(Date.now()))), "connected");
    assert.equal(keys.hits, 1);
  });

  test("negative control: a verifier that fetches the keys of the issuer a token names connects to it", async () => {
    await using decoy = await Decoy.start();
    await using target = await guardedTarget(manyFailures, "plain", { authenticate: fetchesFromIssuer });
    for (const token of tokensNaming(`http://${decoy.address}`)) await inFrame(target.port, token);
    assert.ok(decoy.connections > 0);
  });
});
