import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Authenticate } from "../../src/auth/identity.ts";
import { jwt } from "../../src/auth/jwt/jwt.ts";
import { keySetLimits } from "../../src/auth/jwt/remote-keys.ts";
import type { Clock } from "../../src/clock.ts";
import { KeySetServer } from "./key-set-server.ts";
import { audience, claimsAt, hmacToken, issuer, newSigner, noonMs, type Signer, signToken } from "./token-signer.ts";

const context = { signal: AbortSignal.timeout(60_000), remoteAddress: "192.0.2.1" };
const first = newSigner("EdDSA", "first");
const second = newSigner("EdDSA", "second");

/** The gateway's clock and, for jose's cache, `Date`: both stand at noon until they are moved. */
class MovedClock implements Clock {
  readonly #timers: TestContext["mock"]["timers"];
  #nowMs = noonMs;

  constructor(test: TestContext) {
    this.#timers = test.mock.timers;
    this.#timers.enable({ apis: ["Date"], now: noonMs });
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  after(): { cancel(): void } {
    throw new Error("no timer is expected here");
  }

  forward(ms: number): void {
    this.#nowMs += ms;
    this.#timers.setTime(this.#nowMs);
  }
}

function authenticator(url: string, clock: Clock): Authenticate {
  return jwt({ issuer, audience, algorithms: ["EdDSA", "RS256"], jwks: { url }, clock });
}

/** Presents a token that is good now, signed by this key. */
async function outcome(authenticate: Authenticate, clock: Clock, signer: Signer, header: object = {}): Promise<string> {
  const token = signToken(signer, claimsAt(clock.now()), { ...header });
  const result = await authenticate({ kind: "token", token }, context);
  return result.ok ? "accepted" : result.code;
}

/** How many of `count` tokens presented at once met each end. */
async function outcomes(count: number, present: (index: number) => Promise<string>): Promise<Record<string, number>> {
  const ends = await Promise.all(Array.from({ length: count }, (_, index) => present(index)));
  return Object.fromEntries(
    Object.entries(Object.groupBy(ends, (end) => end)).map(([end, all]) => [end, all?.length ?? 0]),
  );
}

describe("jwt with a fetched key set", () => {
  it("fetches once for any number of tokens at the same time, and not before the first", async (t) => {
    const clock = new MovedClock(t);
    await using server = await KeySetServer.start([first.publicJwk]);
    const authenticate = authenticator(server.url, clock);
    assert.equal(server.hits, 0);
    assert.deepEqual(await outcomes(50, () => outcome(authenticate, clock, first)), { accepted: 50 });
    assert.equal(server.hits, 1);
  });

  it("fetches at most once per cooldown for unknown kids, however many come (R38)", async (t) => {
    const clock = new MovedClock(t);
    await using server = await KeySetServer.start([first.publicJwk]);
    const authenticate = authenticator(server.url, clock);
    const flood = (): Promise<Record<string, number>> =>
      outcomes(50, (index) => outcome(authenticate, clock, second, { kid: `kid-${index}` }));
    assert.equal(await outcome(authenticate, clock, first), "accepted");
    assert.deepEqual(await flood(), { "token-invalid": 50 });
    assert.equal(server.hits, 1);
    clock.forward(keySetLimits.cooldownMs);
    assert.deepEqual(await flood(), { "token-invalid": 50 });
    assert.deepEqual(await flood(), { "token-invalid": 50 });
    assert.equal(server.hits, 2);
    assert.equal(await outcome(authenticate, clock, first), "accepted");
  });

  it("fetches nothing for a token it refuses by its form, its header or its algorithm (R38)", async (t) => {
    const clock = new MovedClock(t);
    await using server = await KeySetServer.start([first.publicJwk]);
    const authenticate = authenticator(server.url, clock);
    const jku = signToken(first, claimsAt(noonMs), { typ: "logout+jwt", jku: server.url });
    for (const token of ["a.b", "x".repeat(9_000), hmacToken("secret"), jku, signToken({ ...first, alg: "Ed25519" })]) {
      assert.equal((await authenticate({ kind: "token", token }, context)).ok, false);
    }
    assert.equal(server.hits, 0);
    assert.equal(await outcome(authenticate, clock, first), "accepted");
  });

  it("picks up a new key after the cooldown, and lets go of a removed one at the next refresh", {
    timeout: 10_000,
  }, async (t) => {
    const clock = new MovedClock(t);
    await using server = await KeySetServer.start([first.publicJwk]);
    const authenticate = authenticator(server.url, clock);
    assert.equal(await outcome(authenticate, clock, first), "accepted");
    server.publish([first.publicJwk, second.publicJwk]);
    assert.equal(await outcome(authenticate, clock, second), "token-invalid");
    clock.forward(keySetLimits.cooldownMs);
    assert.equal(await outcome(authenticate, clock, second), "accepted");
    assert.equal(await outcome(authenticate, clock, first), "accepted");
    assert.equal(server.hits, 2);

    server.publish([second.publicJwk]);
    clock.forward(keySetLimits.refreshAfterMs);
    const refreshed = server.nextHit();
    await outcome(authenticate, clock, second);
    await refreshed;
    while ((await outcome(authenticate, clock, first)) === "accepted") {
      await new Promise(setImmediate);
    }
    assert.equal(await outcome(authenticate, clock, second), "accepted");
    assert.equal(server.hits, 3);
  });

  it("serves from the set in hand during an outage, up to its greatest age, then is unavailable (R38)", async (t) => {
    const clock = new MovedClock(t);
    await using server = await KeySetServer.start([first.publicJwk]);
    const authenticate = authenticator(server.url, clock);
    assert.equal(await outcome(authenticate, clock, first), "accepted");
    server.fail();
    clock.forward(keySetLimits.refreshAfterMs);
    const tried = server.nextHit();
    assert.equal(await outcome(authenticate, clock, first), "accepted");
    await tried;
    clock.forward(keySetLimits.maxAgeMs - keySetLimits.refreshAfterMs - 1);
    assert.equal(await outcome(authenticate, clock, first), "accepted");
    clock.forward(1);
    assert.equal(await outcome(authenticate, clock, first), "unavailable");
    server.publish([first.publicJwk]);
    clock.forward(keySetLimits.retryAfterFailureMs);
    assert.equal(await outcome(authenticate, clock, first), "accepted");
  });

  it("does not hammer an issuer that is down, and recovers", async (t) => {
    const clock = new MovedClock(t);
    await using server = await KeySetServer.start([]);
    server.fail();
    const authenticate = authenticator(server.url, clock);
    assert.deepEqual(await outcomes(20, () => outcome(authenticate, clock, first)), { unavailable: 20 });
    assert.deepEqual(await outcomes(20, () => outcome(authenticate, clock, first)), { unavailable: 20 });
    assert.equal(server.hits, 1);
    clock.forward(keySetLimits.retryAfterFailureMs);
    server.publish([first.publicJwk]);
    assert.equal(await outcome(authenticate, clock, first), "accepted");
    assert.equal(server.hits, 2);
  });

  it("is unavailable when nobody listens at the URL", async (t) => {
    const clock = new MovedClock(t);
    const server = await KeySetServer.start([]);
    const { url } = server;
    await server[Symbol.asyncDispose]();
    assert.equal(await outcome(authenticator(url, clock), clock, first), "unavailable");
  });

  it("is unavailable when the answer is too large, no key set, or elsewhere", async (t) => {
    const clock = new MovedClock(t);
    await using elsewhere = await KeySetServer.start([first.publicJwk]);
    await using server = await KeySetServer.start([]);
    const answers: KeySetServer["answer"][] = [
      (response) => response.end(JSON.stringify({ keys: [first.publicJwk], pad: "x".repeat(keySetLimits.maxBytes) })),
      (response) => response.end("<html>"),
      (response) => response.end("null"),
      (response) => response.end('{"keys":{}}'),
      (response) => response.end(JSON.stringify([first.publicJwk])),
      (response) => response.writeHead(204).end(),
      (response) => response.writeHead(404).end(JSON.stringify({ keys: [first.publicJwk] })),
      (response) => response.writeHead(302, { location: elsewhere.url }).end(),
      (response) => response.destroy(),
    ];
    for (const answer of answers) {
      server.answer = answer;
      assert.equal(await outcome(authenticator(server.url, clock), clock, first), "unavailable");
    }
    assert.equal(elsewhere.hits, 0);
    assert.equal(server.hits, answers.length);
  });

  it("gives up on an issuer that accepts and never answers", async (t) => {
    const clock = new MovedClock(t);
    await using server = await KeySetServer.start([]);
    server.answer = (response) => response.writeHead(200).write('{"keys":[');
    assert.equal(await outcome(authenticator(server.url, clock), clock, first), "unavailable");
    assert.equal(server.hits, 1);
  });

  it("uses no private, symmetric or weak key of the set, says why, and goes on with the others (R38)", async (t) => {
    const clock = new MovedClock(t);
    const leaked = newSigner("EdDSA", "leaked");
    const weak = newSigner("RS256", "weak", 1_024);
    const leakedJwk = { ...leaked.privateKey.export({ format: "jwk" }), kid: "leaked" };
    const oct = { kty: "oct", k: "c2VjcmV0", kid: "oct" };
    await using server = await KeySetServer.start([leakedJwk, weak.publicJwk, oct, null, first.publicJwk]);
    const authenticate = authenticator(server.url, clock);
    assert.equal(await outcome(authenticate, clock, first), "accepted");
    assert.equal(await outcome(authenticate, clock, weak), "token-invalid");
    const token = signToken(leaked);
    const result = await authenticate({ kind: "token", token }, context);
    assert.ok(!result.ok);
    assert.match(result.detail, /keys\[0\] is private.*keys\[1\] is RSA of 1024 bits/);
  });

  it("refuses a token when two keys of the set have its kid", async (t) => {
    const clock = new MovedClock(t);
    const twin = newSigner("EdDSA", "first");
    await using server = await KeySetServer.start([first.publicJwk, twin.publicJwk, second.publicJwk]);
    const authenticate = authenticator(server.url, clock);
    assert.equal(await outcome(authenticate, clock, second), "accepted");
    assert.equal(await outcome(authenticate, clock, first), "token-invalid");
    assert.equal(await outcome(authenticate, clock, twin), "token-invalid");
  });

  it("never takes one issuer's key for another's, though both use the same kid (R38, CVE-2026-49998)", async (t) => {
    const clock = new MovedClock(t);
    const ours = newSigner("EdDSA", "shared");
    const theirs = newSigner("EdDSA", "shared");
    await using ourServer = await KeySetServer.start([ours.publicJwk]);
    await using theirServer = await KeySetServer.start([theirs.publicJwk]);
    const here = authenticator(ourServer.url, clock);
    const there = authenticator(theirServer.url, clock);
    const ends = await Promise.all([
      outcome(here, clock, ours),
      outcome(here, clock, theirs),
      outcome(there, clock, theirs),
      outcome(there, clock, ours),
    ]);
    assert.deepEqual(ends, ["accepted", "token-invalid", "accepted", "token-invalid"]);
  });

  it("refuses a key set URL that is not https, but for loopback (R38)", () => {
    const construct = (url: string): unknown => jwt({ issuer, audience, algorithms: ["EdDSA"], jwks: { url } });
    for (const url of ["https://id.example/jwks", "http://localhost:1/", "http://127.0.0.1:1/", "http://[::1]:1/"]) {
      assert.doesNotThrow(() => construct(url));
    }
    const refused = [
      "http://id.example/jwks",
      "http://127.0.0.1.evil.example/",
      "http://localhost.evil.example/",
      "http://10.0.0.1/",
      "file:///etc/passwd",
      "data:application/json,{}",
      "id.example/jwks",
      "",
    ];
    for (const url of refused) {
      assert.throws(() => construct(url), { code: "invalid-options", message: /jwks\.url/ });
    }
  });
});
