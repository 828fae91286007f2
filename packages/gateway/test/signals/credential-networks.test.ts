import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { credentialIds } from "../../src/auth/credential-id.ts";
import type { Identity } from "../../src/auth/identity.ts";
import { networkOf } from "../../src/signals/network.ts";
import { defaultThresholds } from "../../src/signals/signal.ts";
import { WatchedGateway } from "./watched-gateway.ts";

const wifi = "192.0.2.7";
const mobile = "198.51.100.7";
const cafe = "203.0.113.7";
const secondsMs = 1_000;

/** Tokens are `user`, `user/jti` or `user/jti/sid`, an empty part being left out. */
function watch(): WatchedGateway {
  return new WatchedGateway(
    {},
    {
      authenticate: (credential) => {
        const [userId = "", tokenId, sessionId] = credential.kind === "token" ? credential.token.split("/") : [];
        const ids = { ...(tokenId ? { tokenId } : {}), ...(sessionId ? { sessionId } : {}) };
        return { ok: true, identity: { userId, ...ids, expiresAt: 1_900_000_000_000, claims: {} } };
      },
    },
  );
}

const stolen = "token-in-several-networks user alice";

describe("one token from several networks (R45)", () => {
  const thieves: readonly (readonly [what: string, tokens: readonly [string, string, string]])[] = [
    ["the same token without any id", ["alice", "alice", "alice"]],
    ["the same jti", ["alice/j1", "alice/j1", "alice/j1"]],
    ["the same session under fresh tokens", ["alice/j1/s1", "alice/j2/s1", "alice/j3/s1"]],
  ];
  for (const [what, [first, second, third]] of thieves) {
    test(`${what} from three is a signal, once in the window`, async () => {
      const watched = watch();
      await watched.connect(first, wifi);
      await watched.connect(second, mobile);
      assert.deepEqual(watched.raised, [], "two networks are none");
      await watched.connect(third, cafe);
      await watched.connect(third, "100.70.0.1");
      assert.deepEqual(watched.raised, [stolen]);
      const { count, windowMs, threshold } = watched.signals[0] ?? {};
      assert.deepEqual([count, windowMs, threshold], [3, 300_000, 3]);
    });
  }

  test("different tokens of one user are not one token, nor is one jti of two users", async () => {
    const watched = watch();
    for (const [token, address] of [
      ["alice/j1", wifi],
      ["alice/j2", mobile],
      ["alice/j3", cafe],
      ["bob/j1", mobile],
      ["carol/j1", cafe],
    ] as const) {
      await watched.connect(token, address);
    }
    assert.deepEqual(watched.raised, []);
  });

  test("a phone that goes to and fro between Wi-Fi and a mobile network, over IPv4 and IPv6, raises nothing", async () => {
    const watched = watch();
    const addresses = [wifi, "2001:db8:1::7", mobile, "2001:db8:2::7", "192.0.2.200", "198.51.100.99"];
    for (let round = 0; round < 20; round += 1) {
      for (const address of addresses) {
        (await watched.connect("alice/j1/s1", address)).close(1001, "");
        watched.gateway.clock.pass(10 * secondsMs);
      }
    }
    assert.deepEqual(watched.raised, []);
  });

  test("a day's way from home over the train to the office raises nothing: each is left before the next but one", async () => {
    const watched = watch();
    for (const address of [wifi, mobile, cafe, mobile, wifi]) {
      await watched.connect("alice/j1", address);
      watched.gateway.clock.pass(defaultThresholds.tokenNetworksWindowMs / 2 + secondsMs);
    }
    assert.deepEqual(watched.raised, []);
  });

  test("three IPv6 networks are a signal, and many addresses of one are none", async () => {
    const watched = watch();
    for (let host = 1; host < 50; host += 1) await watched.connect("bob", `2001:db8:1:${host}::1`);
    assert.deepEqual(watched.raised, []);
    for (const site of [1, 2, 3]) await watched.connect("alice", `2001:db8:${site}::1`);
    assert.deepEqual(watched.raised, [stolen]);
  });

  test("it is a signal again after the window", async () => {
    const watched = watch();
    for (let round = 0; round < 2; round += 1) {
      for (const address of [wifi, mobile, cafe]) await watched.connect("alice/j1", address);
      watched.gateway.clock.pass(defaultThresholds.tokenNetworksWindowMs + secondsMs);
    }
    assert.deepEqual(watched.raised, [stolen, stolen]);
  });
});

describe("the name of a credential", () => {
  const identity: Identity = { userId: "alice", expiresAt: 1, claims: {} };
  const token = { kind: "token", token: "the-token-itself" } as const;

  test("is the same for the same credential and says nothing of it", () => {
    const name = credentialIds();
    const { tokenId: _, ...bare } = { ...identity, tokenId: "j-1" };
    for (const given of [bare, { ...identity, tokenId: "j-1" }, { ...identity, sessionId: "s-1" }]) {
      assert.match(name(given, token), /^[\w-]{16}$/);
      assert.equal(name(given, token), name(given, token));
    }
    assert.notEqual(name({ ...identity, tokenId: "x" }, token), name({ ...identity, sessionId: "x" }, token));
    assert.notEqual(name(identity, token), name(identity, { kind: "ticket", ticket: "the-token-itself" }));
    assert.notEqual(
      name(identity, token),
      name(identity, { kind: "certificate", der: Buffer.from("the-token-itself") }),
    );
  });

  test("is another at another gateway, so that nobody can look guesses up", () => {
    assert.notEqual(credentialIds()(identity, token), credentialIds()(identity, token));
  });

  test("stands in `connected`", async () => {
    const watched = watch();
    await watched.connect("alice/j1", wifi);
    await watched.connect("alice/j1", mobile);
    const names = watched.gateway.events.flatMap((event) => (event.event === "connected" ? [event.credential] : []));
    assert.equal(names.length, 2);
    assert.equal(new Set(names).size, 1);
    assert.equal(names[0]?.includes("j1"), false);
  });
});

describe("the network of an address", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["192.0.2.7", "192.0.2.0/24"],
    ["::ffff:192.0.2.7", "192.0.2.0/24"],
    ["2001:db8:7:1::1", "2001:db8:7::/48"],
    ["2001:DB8:7:FFFF:1:2:3:4", "2001:db8:7::/48"],
    ["::1", "0:0:0::/48"],
    ["unknown", undefined],
    ["", undefined],
  ];
  for (const [address, prefix] of rows) {
    test(`${JSON.stringify(address)} is ${prefix}`, () => assert.equal(networkOf(address)?.prefix, prefix));
  }
});
