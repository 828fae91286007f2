import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClusterError } from "@wardwire/cluster/cluster-error";
import { memory } from "@wardwire/cluster/memory";
import type { RevocationEntry } from "@wardwire/cluster/revocations";
import type { Identity } from "../../src/auth/identity.ts";
import type { Clock } from "../../src/clock.ts";
import type { GatewayEvent } from "../../src/observe/events.ts";
import type { RevocationTarget } from "../../src/revocation/target.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";
import { takesIdentities, tokenOf } from "./identity-tokens.ts";

const noonMs = new ManualClock().now();

function openGateway(changes: ConstructorParameters<typeof GatewayOnPaper>[0] = {}): GatewayOnPaper {
  const gateway: GatewayOnPaper = new GatewayOnPaper({
    authenticate: (credential, context) => takesIdentities(() => gateway.clock.now())(credential, context),
    ...changes,
  });
  return gateway;
}

const full: Partial<Identity> = { deviceId: "phone", sessionId: "s1", tokenId: "t1", issuedAt: noonMs - 1_000 };

const targets: readonly [what: string, target: RevocationTarget, other: Partial<Identity>][] = [
  ["a token by its id", { tokenId: "t1" }, { ...full, tokenId: "t2" }],
  ["a session", { session: "s1" }, { ...full, sessionId: "s2" }],
  ["a user", { user: "alice" }, { ...full, userId: "bob" }],
  ["a device", { device: "phone" }, { ...full, deviceId: "laptop" }],
  ["a user's device", { user: "alice", device: "phone" }, { ...full, userId: "bob" }],
  ["what was issued before", { issuedBefore: noonMs }, { ...full, issuedAt: noonMs }],
  ["what a user was issued before", { user: "alice", issuedBefore: noonMs }, { ...full, issuedAt: noonMs }],
  ["what a user was issued before", { user: "alice", issuedBefore: noonMs }, { ...full, userId: "bob" }],
];

describe("revoking", () => {
  for (const [what, target, other] of targets) {
    test(`${what} closes the connections on it with 4403 at once, and no other (R40): ${JSON.stringify(other)}`, async () => {
      const gateway = openGateway();
      const reached = await gateway.connect(tokenOf(full));
      const notReached = await gateway.connect(tokenOf(other));
      assert.deepEqual(await gateway.core.revocations.revoke(target), { closed: 1 });
      assert.equal(reached.closeCode(), 4403);
      assert.equal(notReached.closeCode(), undefined);
      notReached.send({ type: "join", id: 2, channel: "plain", params: { roomId: "tea" } });
      await notReached.next("joined");
    });

    test(`${what} refuses new connections: 401 in the handshake, 4403 at connect, and no other (R40): ${JSON.stringify(other)}`, async () => {
      const gateway = openGateway();
      await gateway.core.revocations.revoke(target);
      const answer = await gateway.upgrade({ authorization: `Bearer ${tokenOf(full)}` });
      assert.equal(answer.accepted ? 101 : answer.status, 401);
      const socket = await gateway.open();
      socket.send({ type: "connect", id: 1, token: tokenOf(full) });
      assert.equal((await socket.next("error")).code, "token-invalid");
      assert.equal((await socket.closed()).code, 4403);
      const used = gateway.events.filter(({ event }) => event === "revoked-token-used");
      assert.deepEqual(used, Array(2).fill({ event: "revoked-token-used", user: "alice", address: "192.0.2.7" }));
      await gateway.connect(tokenOf(other));
    });
  }

  test("a device reaches connections whose client named it, at the end of connect too", async () => {
    const gateway = openGateway();
    const open = async (): Promise<PaperSocket> => {
      const socket = await gateway.open();
      socket.send({ type: "connect", id: 1, token: tokenOf({}), device: "phone" });
      return socket;
    };
    const before = await open();
    await before.next("connected");
    assert.deepEqual(await gateway.core.revocations.revoke({ device: "phone" }), { closed: 1 });
    assert.equal((await (await open()).closed()).code, 4403);
  });

  test("a credential that does not say when it was issued counts as issued before", async () => {
    const gateway = openGateway();
    const socket = await gateway.connect(tokenOf({}));
    assert.deepEqual(await gateway.core.revocations.revoke({ issuedBefore: 1 }), { closed: 1 });
    assert.equal(socket.closeCode(), 4403);
  });

  test("a socket whose handshake carried the credential is closed before it has sent connect", async () => {
    const gateway = openGateway();
    const socket = await gateway.open({ authorization: `Bearer ${tokenOf(full)}` });
    assert.deepEqual(await gateway.core.revocations.revoke({ tokenId: "t1" }), { closed: 1 });
    assert.equal(socket.closeCode(), 4403);
  });

  test("a credential that is being checked while it is revoked does not get in (R40)", async () => {
    const checked = Promise.withResolvers<void>();
    const gateway = openGateway({
      authenticate: async (credential, context) => {
        await checked.promise;
        return takesIdentities(() => noonMs)(credential, context);
      },
    });
    const socket = await gateway.open();
    socket.send({ type: "connect", id: 1, token: tokenOf(full) });
    assert.deepEqual(await gateway.core.revocations.revoke({ user: "alice" }), { closed: 0 });
    checked.resolve();
    assert.equal((await socket.closed()).code, 4403);
  });

  test("a renewal while many are being closed comes too late: no connection is left that hears nothing (R40)", async () => {
    const calm = new ManualClock();
    let readings = 0;
    // Time that passes as it is read: looking at a few connections takes several turns.
    const clock: Clock = {
      now: () => calm.now(),
      monotonic: () => {
        readings += 1;
        return readings * 2;
      },
      after: (delayMs, callback) => calm.after(delayMs, callback),
    };
    const gateway = openGateway({ clock });
    const socket = await gateway.connect(tokenOf(full));
    const others = [
      await gateway.connect(tokenOf({ tokenId: "t3" })),
      await gateway.connect(tokenOf({ tokenId: "t4" })),
    ];
    const revoking = gateway.core.revocations.revoke({ tokenId: "t1" });
    socket.send({ type: "renew", id: 2, token: tokenOf({ ...full, tokenId: "t2", expiresAt: noonMs + 7_200_000 }) });
    assert.equal((await socket.next("renewed")).id, 2);
    assert.equal(socket.closeCode(), undefined, "it is still open");
    assert.deepEqual(await revoking, { closed: 1 });
    assert.equal(socket.closeCode(), 4403);
    for (const other of others) assert.equal(other.closeCode(), undefined);
  });

  test("a renewal with a revoked token is refused, and the token in force goes on", async () => {
    const gateway = openGateway();
    const socket = await gateway.connect(tokenOf(full));
    await gateway.core.revocations.revoke({ tokenId: "t2" });
    const later = noonMs + 7_200_000;
    socket.send({ type: "renew", id: 2, token: tokenOf({ ...full, tokenId: "t2", expiresAt: later }) });
    assert.equal((await socket.next("error")).code, "token-invalid");
    socket.send({ type: "renew", id: 3, token: tokenOf({ ...full, tokenId: "t3", expiresAt: later }) });
    assert.equal((await socket.next("renewed")).expiresAt, later);
    assert.deepEqual(
      await gateway.core.revocations.revoke({ tokenId: "t1" }),
      { closed: 0 },
      "renewed: t3 is in force",
    );
    assert.deepEqual(await gateway.core.revocations.revoke({ tokenId: "t3" }), { closed: 1 });
  });

  test("is told in an event, without which nobody would know", async () => {
    const gateway = openGateway();
    await gateway.connect(tokenOf(full));
    await gateway.core.revocations.revoke({ user: "alice" });
    const told = gateway.events.filter(({ event }) => event === "revoked");
    assert.deepEqual(told, [{ event: "revoked", user: "alice", closed: 1 } satisfies GatewayEvent]);
  });

  const malformed: readonly [string, RevocationTarget][] = [
    ["nothing", {}],
    ["two things at once", { user: "alice", tokenId: "t1" }],
    ["three things at once", { user: "alice", device: "phone", session: "s1" }],
    ["an empty id", { user: "" }],
    ["a long id", { user: "x".repeat(257) }],
    ["an id that is no text", { user: 7 as unknown as string }],
    ["a time that is none", { issuedBefore: Number.NaN }],
    ["a time before time", { issuedBefore: 0 }],
  ];
  for (const [what, target] of malformed) {
    test(`${what} is refused, and closes nobody`, async () => {
      const gateway = openGateway();
      const socket = await gateway.connect(tokenOf(full));
      await assert.rejects(gateway.core.revocations.revoke(target), { code: "invalid-options" });
      assert.equal(socket.closeCode(), undefined);
    });
  }
});

describe("a revocation is kept as long as it can matter (R40)", () => {
  const isRefused = async (gateway: GatewayOnPaper, fields: Partial<Identity>): Promise<boolean> =>
    !(await gateway.upgrade({ authorization: `Bearer ${tokenOf(fields)}` })).accepted;

  test("for a day when nothing that was seen lives longer, and not longer", async () => {
    const gateway = openGateway();
    await gateway.core.revocations.revoke({ user: "alice" });
    gateway.clock.pass(86_400_000 - 1);
    assert.equal(await isRefused(gateway, full), true);
    gateway.clock.pass(1);
    assert.equal(await isRefused(gateway, full), false);
  });

  test("until the end of a credential that was seen and lives longer", async () => {
    const gateway = openGateway();
    const long = { ...full, expiresAt: noonMs + 5 * 86_400_000 };
    await gateway.connect(tokenOf(long));
    await gateway.core.revocations.revoke({ tokenId: "t1" });
    gateway.clock.pass(5 * 86_400_000 - 1);
    assert.equal(await isRefused(gateway, long), true);
  });

  test("a step of the wall clock forgets nothing", async () => {
    const gateway = openGateway();
    await gateway.core.revocations.revoke({ user: "alice" });
    gateway.clock.wallStepMs = 10 * 86_400_000;
    assert.equal(await isRefused(gateway, full), true);
  });
});

describe("revocations of the cluster", () => {
  test("made by one gateway close the connections of another and refuse new ones there (R40)", async () => {
    const cluster = memory();
    const [one, other] = [openGateway({ cluster }), openGateway({ cluster })];
    const socket = await other.connect(tokenOf(full));
    await one.core.revocations.revoke({ user: "alice" });
    assert.equal(socket.closeCode(), 4403);
    const late = openGateway({ cluster });
    for (const gateway of [other, late]) {
      const answer = await gateway.upgrade({ authorization: `Bearer ${tokenOf(full)}` });
      assert.equal(answer.accepted ? 101 : answer.status, 401);
    }
  });

  test("are heard of no more after the close, one before the engine has answered included", async () => {
    const cluster = memory();
    const subscribing = Promise.withResolvers<void>();
    const late = {
      ...cluster,
      revocations: {
        append: cluster.revocations.append.bind(cluster.revocations),
        read: cluster.revocations.read.bind(cluster.revocations),
        subscribe: async (listener: (entry: RevocationEntry) => void) => {
          await subscribing.promise;
          return cluster.revocations.subscribe(listener);
        },
      },
    };
    const [closedEarly, closedLate] = [openGateway({ cluster: late }), openGateway({ cluster })];
    closedEarly.core.revocations.close();
    subscribing.resolve();
    await closedEarly.core.revocations.ready();
    await closedLate.core.revocations.ready();
    closedLate.core.revocations.close();
    const hears = openGateway({ cluster });
    await openGateway({ cluster }).core.revocations.revoke({ user: "alice" });
    const heard = [closedEarly, closedLate, hears].map(({ events }) =>
      events.filter(({ event }) => event === "revoked"),
    );
    assert.deepEqual(
      heard.map(({ length }) => length),
      [0, 0, 1],
    );
  });

  test("that cannot be read let nobody in, until they can (R35)", async () => {
    const cluster = memory();
    let isDown = true;
    const revocations = {
      ...cluster.revocations,
      append: cluster.revocations.append.bind(cluster.revocations),
      subscribe: cluster.revocations.subscribe.bind(cluster.revocations),
      read: async (since: number) => {
        if (isDown) throw new ClusterError("unavailable", "down");
        return cluster.revocations.read(since);
      },
    };
    const gateway = openGateway({ cluster: { ...cluster, revocations } });
    const socket = await gateway.open();
    socket.send({ type: "connect", id: 1, token: tokenOf(full) });
    assert.equal((await socket.next("error")).code, "unavailable");
    assert.equal((await socket.closed()).code, 1013);
    isDown = false;
    await gateway.connect(tokenOf(full));
  });

  test("that nobody can understand are reported and close nobody", async () => {
    const cluster = memory();
    const gateway = openGateway({ cluster });
    const socket = await gateway.connect(tokenOf(full));
    const texts = [
      "",
      "{}",
      "null",
      '{"target":{},"untilMs":1}',
      '{"target":{"user":"alice"}}',
      '{"target":{"user":7}}',
    ];
    for (const text of texts) await cluster.revocations.append(new TextEncoder().encode(text), 1_000);
    assert.equal(socket.closeCode(), undefined);
    assert.equal(gateway.events.filter(({ event }) => event === "failure").length, texts.length);
  });
});
