import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayFrame, Present } from "@wardwire/wire/frames";
import { GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";

const join = { type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } } as const;

async function joined(gateway: GatewayOnPaper, user: string): Promise<PaperSocket> {
  const socket = await gateway.connect(user);
  socket.send(join);
  await socket.next("joined");
  return socket;
}

function users(list: readonly Present[] | undefined): string[] {
  return (list ?? []).map(({ user }) => user).toSorted();
}

function pushes(frames: readonly GatewayFrame[]) {
  return frames.filter((frame) => frame.type === "presence");
}

const crowd = { maxConnectionsPerUser: 10_000, maxConnectionsPerIp: 10_000, handshakeBurstPerIp: 10_000 };
const limits = { ...crowd, maxUnauthenticated: 10_000, maxUnauthenticatedPerIp: 10_000 };

test("who comes and goes in one turn is one push, the same for all that were there (WP-PUSH-5)", async () => {
  const gateway = new GatewayOnPaper();
  const alice = await joined(gateway, "alice");
  const bob = await joined(gateway, "bob");
  await alice.drain();
  const newcomers = [await gateway.connect("carol"), await gateway.connect("dave")];
  for (const socket of newcomers) socket.send(join);
  bob.close(1001, "");
  const [push, ...more] = pushes(await alice.drain());
  assert.deepEqual([users(push?.joined), users(push?.left), more.length], [["carol", "dave"], ["bob"], 0]);
});

test("those who join in one turn learn of each other, in the list or by a push, each once and never of themselves (WP-PUSH-5)", async () => {
  const gateway = new GatewayOnPaper();
  const names = ["alice", "bob", "carol", "dave"];
  const sockets: PaperSocket[] = [];
  for (const name of names) sockets.push(await gateway.connect(name));
  for (const socket of sockets) socket.send(join);
  for (const [index, socket] of sockets.entries()) {
    const frames = await socket.drain();
    const listed = users(frames.find((frame) => frame.type === "joined")?.present);
    const told = pushes(frames).flatMap(({ joined: came }) => users(came));
    assert.deepEqual([...new Set([...listed, ...told])].toSorted(), names.toSpliced(index, 1));
    assert.equal(told.length, new Set(told).size);
  }
});

test("whoever came and went in one turn is told as gone, to those who may have it in their list", async () => {
  const gateway = new GatewayOnPaper();
  const alice = await joined(gateway, "alice");
  await alice.drain();
  const bob = await gateway.connect("bob");
  bob.send(join, { type: "leave", id: 3, channel: 1 });
  const [push] = pushes(await alice.drain());
  assert.deepEqual([users(push?.joined), users(push?.left)], [[], ["bob"]]);
});

test("a large room is told at most every 100 ms, and then of all there is to tell", async () => {
  const gateway = new GatewayOnPaper({ limits });
  const first = await joined(gateway, "first");
  for (let index = 0; index < 70; index += 1) await joined(gateway, `u${index}`);
  gateway.clock.pass(200);
  await first.drain();
  await joined(gateway, "a");
  assert.equal(pushes(await first.drain()).length, 1, "the first change after a pause is told at once");
  for (const user of ["b", "c", "d"]) await joined(gateway, user);
  assert.equal(pushes(await first.drain()).length, 0);
  gateway.clock.pass(100);
  const [push, ...more] = pushes(await first.drain());
  assert.deepEqual([users(push?.joined), more.length], [["b", "c", "d"], 0]);
});

test("an engine that does not count is reported, and costs the room nothing else", async () => {
  const gateway = new GatewayOnPaper({ limits });
  const first = await joined(gateway, "first");
  for (let index = 0; index < 1_001; index += 1) await joined(gateway, `u${index}`);
  gateway.clock.pass(100);
  await first.drain();
  await joined(gateway, "one more");
  gateway.core.cluster.presence.count = () => Promise.reject(new Error("no answer"));
  gateway.clock.pass(100);
  await first.drain();
  assert.ok(gateway.events.some((event) => event.event === "failure" && event.where === "channels"));
  assert.equal(first.closeCode(), undefined);
});
