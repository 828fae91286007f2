import assert from "node:assert/strict";
import { test } from "node:test";
import { allow, type Decision, deny } from "../../src/auth/authorize.ts";
import { reauthorize } from "../../src/revocation/reauthorize.ts";
import { GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";

const join = (roomId: string, id = 2): Record<string, unknown> => ({
  type: "join",
  id,
  channel: "plain",
  params: { roomId },
});

/** A gateway that asks a list which may be changed. */
function withRules(): { gateway: GatewayOnPaper; denied: Set<string> } {
  const denied = new Set<string>();
  const gateway = new GatewayOnPaper({
    authorize: ({ identity, channel }) => {
      const roomId = (channel?.params as { readonly roomId?: string } | undefined)?.roomId ?? "";
      return denied.has(`${identity.userId} ${roomId}`) ? deny("not-a-member") : allow();
    },
  });
  return { gateway, denied };
}

async function member(gateway: GatewayOnPaper, user: string, ...rooms: readonly string[]): Promise<PaperSocket> {
  const socket = await gateway.connect(user);
  for (const room of rooms) {
    socket.send(join(room));
    await socket.next("joined");
  }
  return socket;
}

test("ends exactly the memberships the rules no longer allow, and says so (R43)", async () => {
  const { gateway, denied } = withRules();
  const alice = await member(gateway, "alice", "tea", "coffee");
  const bob = await member(gateway, "bob", "tea");
  denied.add("alice tea");
  assert.deepEqual(await reauthorize(gateway.core, {}), { expelled: 1 });
  assert.equal((await alice.next("left")).code, "forbidden");
  bob.send({ type: "publish", id: 3, channel: 1, data: { text: "hi" } });
  await bob.next("published");
  assert.deepEqual(await alice.drain(), [], "alice hears the room no more, and stays in the other one");
  assert.deepEqual(await bob.drain(), []);
  assert.equal(gateway.core.connections.all.size, 2);
});

test("without it who has joined stays in: the rules are asked when something is done", async () => {
  const { gateway, denied } = withRules();
  const alice = await member(gateway, "alice", "tea");
  denied.add("alice tea");
  assert.deepEqual(await alice.drain(), []);
});

test("with a user looks at the connections of that user alone", async () => {
  const { gateway, denied } = withRules();
  const alice = await member(gateway, "alice", "tea");
  const bob = await member(gateway, "bob", "tea");
  denied.add("alice tea").add("bob tea");
  assert.deepEqual(await reauthorize(gateway.core, { user: "bob" }), { expelled: 1 });
  assert.equal((await bob.next("left")).code, "forbidden");
  assert.deepEqual(await alice.drain(), []);
});

test("reaches a join that was allowed before and would take effect after (R43)", async () => {
  const first = Promise.withResolvers<Decision>();
  let asked = 0;
  const gateway = new GatewayOnPaper({
    authorize: () => {
      asked += 1;
      return asked === 1 ? first.promise : deny("changed");
    },
  });
  const alice = await gateway.connect("alice");
  alice.send(join("tea"));
  assert.deepEqual(await reauthorize(gateway.core, {}), { expelled: 0 });
  first.resolve(allow());
  assert.deepEqual(
    (await alice.drain()).map((frame) => frame.type === "error" && frame.code),
    ["forbidden"],
  );
  assert.equal(gateway.core.channels.size, 0);
});

test("leaves alone a membership that was given up and taken again while it was asked about", async () => {
  const slow = Promise.withResolvers<Decision>();
  let asked = 0;
  const gateway = new GatewayOnPaper({
    authorize: () => {
      asked += 1;
      return asked === 2 ? slow.promise : allow();
    },
  });
  const alice = await member(gateway, "alice", "tea");
  const reviewing = reauthorize(gateway.core, {});
  alice.send({ type: "leave", id: 3, channel: 1 });
  await alice.next("left");
  alice.send(join("tea", 4));
  await alice.next("joined");
  slow.resolve(deny("too-late"));
  assert.deepEqual(await reviewing, { expelled: 0 });
  assert.deepEqual(await alice.drain(), []);
});
