import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { RawSession } from "../fixtures/raw-session.ts";
import { DevelopmentGateway, runWardwire } from "../fixtures/wardwire.ts";

describe("wardwire revoke", { timeout: 60_000 }, () => {
  let gateway: DevelopmentGateway;
  before(async () => {
    gateway = await DevelopmentGateway.start();
  });
  after(() => gateway[Symbol.asyncDispose]());

  const revoke = (...what: readonly string[]): ReturnType<typeof runWardwire> =>
    runWardwire(["revoke", ...what, "--data", gateway.folder.path]);

  test("closes the connections of a user within 1 s and refuses new ones at once, nobody else's (R40)", async () => {
    const [alice, bob] = await Promise.all([gateway.token("alice"), gateway.token("bob")]);
    using hers = await RawSession.connect(gateway, { authorization: alice });
    using his = await RawSession.connect(gateway, { authorization: bob });
    const closedAt = hers.closed.then(() => performance.now());
    const { code, stdout, stderr } = await revoke("--user", "alice", "--json");
    const endedAt = performance.now();
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { event: "revoked", closed: 1 });
    assert.equal((await hers.closed).code, 4403);
    assert.ok((await closedAt) - endedAt < 1_000);
    await assert.rejects(RawSession.open(gateway, { authorization: alice }), /401/);
    using late = await RawSession.open(gateway, { origin: gateway.origin });
    assert.partialDeepStrictEqual(await late.request({ type: "connect", token: alice }), { code: "token-invalid" });
    assert.equal((await late.closed).code, 4403);
    await his.join("lobby", { roomId: "tea" });
  });

  test("with --issued-before lets a user in again with a newer token", async () => {
    const old = await gateway.token("carol");
    using session = await RawSession.connect(gateway, { authorization: old });
    const { iat } = JSON.parse(Buffer.from(old.split(".")[1] ?? "", "base64url").toString()) as { iat: number };
    // Tokens tell the second they were issued in; the next one begins a second later at most.
    const nextSecond = new Date((iat + 1) * 1_000).toISOString();
    assert.equal((await revoke("--user", "carol", "--issued-before", nextSecond)).code, 0);
    assert.equal((await session.closed).code, 4403);
    await assert.rejects(RawSession.open(gateway, { authorization: old }), /401/);
    // A token of the same second would count as issued before: take one of a later second.
    let fresh = await gateway.token("carol");
    while (JSON.parse(Buffer.from(fresh.split(".")[1] ?? "", "base64url").toString()).iat === iat) {
      fresh = await gateway.token("carol");
    }
    using again = await RawSession.connect(gateway, { authorization: fresh });
    await again.join("lobby", { roomId: "tea" });
  });

  test("takes a single token by its id, and a device", async () => {
    const [one, other] = await Promise.all([gateway.token("dave"), gateway.token("dave", "--device", "tablet")]);
    const { jti } = JSON.parse(Buffer.from(one.split(".")[1] ?? "", "base64url").toString()) as { jti: string };
    using first = await RawSession.connect(gateway, { authorization: one });
    using second = await RawSession.connect(gateway, { authorization: other });
    assert.match((await revoke("--token-id", jti)).stdout, /1 connection closed/);
    assert.equal((await first.closed).code, 4403);
    assert.match((await revoke("--device", "tablet")).stdout, /1 connection closed/);
    assert.equal((await second.closed).code, 4403);
  });

  const failures: readonly [what: string, code: number, parameters: readonly string[]][] = [
    ["nothing is named", 2, []],
    ["two things are named", 2, ["--user", "alice", "--session", "s1"]],
    ["the time is none", 2, ["--issued-before", "yesterday"]],
  ];
  for (const [what, code, parameters] of failures) {
    test(`ends with ${code} when ${what}`, async () => {
      const ended = await revoke(...parameters);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, /^wardwire: .+\n$/m);
    });
  }

  test("ends with 3 in a folder no gateway has used, and with 4 once the gateway has gone", async () => {
    const missing = await runWardwire(["revoke", "--user", "alice", "--data", gateway.folder.file("none")]);
    assert.equal(missing.code, 3, missing.stderr);
    const gone = await DevelopmentGateway.start();
    try {
      await gone.program.stop();
      const ended = await runWardwire(["revoke", "--user", "alice", "--data", gone.folder.path]);
      assert.equal(ended.code, 4, ended.stderr);
    } finally {
      await gone[Symbol.asyncDispose]();
    }
  });

  const explained: readonly [what: string, code: number, operation: string, channel: string, reason: RegExp][] = [
    ["a grant allows it", 0, "join", "room:roomId=tea", /'room:\*=join' allows it/],
    ["no grant allows it", 1, "publish", "room:roomId=tea", /none of 'room:\*=join' allows it/],
    ["the channel does not exist", 1, "join", "attic:roomId=tea", /no channel attic/],
    ["the params do not fit", 1, "join", "room:roomId=TEA", /params/],
  ];
  for (const [what, code, operation, channel, reason] of explained) {
    test(`wardwire explain ends with ${code} when ${what}, and says so`, async () => {
      const file = gateway.folder.file(`${operation}.token`);
      writeFileSync(file, await gateway.token("alice", "--grant", "room:*=join"));
      const ended = await runWardwire([
        "explain",
        "--operation",
        operation,
        "--channel",
        channel,
        "--token-file",
        file,
      ]);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stdout, reason);
      assert.match(ended.stdout, code === 0 ? /^allowed/ : /^denied/);
    });
  }
});
