import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChannelDefinition, defineContract } from "@wardwire/contract";
import type { GatewayFrame } from "@wardwire/wire/frames";
import { z } from "zod";
import type { GatewayLimits } from "../../src/options.ts";
import { type contract, GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";

const base = {
  params: z.object({ roomId: z.string() }),
  message: z.object({ text: z.string() }),
  protection: "transport",
  publish: "members",
} as const;
const history = { messages: 1_000, ttlMs: 60_000 };
const channels = {
  disconnect: { ...base, history },
  "drop-oldest": { ...base, history, whenSlow: "drop-oldest" },
  "keep-latest": { ...base, history, whenSlow: "keep-latest" },
  latest: { ...base, history: { messages: "latest", ttlMs: 60_000 } },
  ephemeral: { ...base, ephemeral: true },
} as const satisfies Record<string, ChannelDefinition>;

const amounts = {
  messageBurst: 10_000,
  messageBurstPerDevice: 10_000,
  messageBurstPerUser: 10_000,
};

/** More than a socket is given while it is behind. */
const behind = 300_000;

/** Alice publishes; bob, who has joined the same channels, reads nothing from here on. */
async function slowReader(names: readonly (keyof typeof channels)[], limits: Partial<GatewayLimits> = {}) {
  const slow = defineContract({ channels, commands: {} });
  const options = { contract: slow as unknown as typeof contract, commands: {} as never };
  const gateway = new GatewayOnPaper({ ...options, limits: { ...amounts, ...limits } });
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  const numbers = new Map<string, number>();
  for (const socket of [alice, bob]) for (const name of names) numbers.set(name, await join(socket, name));
  bob.bufferedBytes = behind;
  /** One message a turn. */
  const publish = async (name: keyof typeof channels, count: number, text = "x"): Promise<void> => {
    for (let sent = 0; sent < count; sent += 1) {
      alice.send({ type: "publish", channel: numbers.get(name), data: { text } });
      await alice.drain();
    }
  };
  /** Bob's socket has written all it was given: what comes then. */
  const readOn = async (): Promise<unknown[]> => {
    bob.bufferedBytes = 0;
    bob.events?.drained();
    return (await bob.drain()).map(summary);
  };
  return { gateway, alice, bob, numbers, publish, readOn };
}

async function join(socket: PaperSocket, channel: string): Promise<number> {
  socket.send({ type: "join", id: 2, channel, params: { roomId: "tea" } });
  const joined = await socket.next("joined");
  await socket.drain();
  return joined.channel;
}

function summary(frame: GatewayFrame): unknown {
  if (frame.type === "message") return frame.offset;
  return frame.type === "notice" ? [frame.code, frame["channel"], frame["from"], frame["to"]] : frame.type;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

test("what a socket is too slow for is held and sent in order once it has caught up, nothing of it lost", async () => {
  const { bob, publish, readOn } = await slowReader(["disconnect", "drop-oldest"]);
  await publish("disconnect", 3);
  await publish("drop-oldest", 3);
  assert.deepEqual(await bob.drain(), []);
  assert.deepEqual(await readOn(), [1, 2, 3, 1, 2, 3]);
  await publish("disconnect", 1);
  assert.deepEqual((await bob.drain()).map(summary), [4]);
});

test("a slow member of an ordinary channel is closed with 1013 at the bound of frames, and recovers (WP-LIMIT-3)", async () => {
  const { gateway, bob, publish } = await slowReader(["disconnect"], { maxOutboundMessages: 20 });
  await publish("disconnect", 20);
  assert.equal(bob.closeCode(), undefined);
  await publish("disconnect", 1);
  assert.equal(bob.closeCode(), 1013);
  const back = await gateway.connect("bob");
  const { stream } = await gateway.core.cluster.broker.position('disconnect {"roomId":"tea"}');
  const params = { roomId: "tea" };
  back.send({ type: "join", id: 2, channel: "disconnect", params, since: { stream, offset: 0 } });
  const { recovered, messages } = await back.next("joined");
  assert.deepEqual([recovered, messages?.map(({ offset }) => offset)], [true, range(1, 21)]);
});

test("the bound of bytes closes the same", async () => {
  const { bob, publish } = await slowReader(["disconnect"], { maxOutboundBytes: behind + 5_000 });
  await publish("disconnect", 4, "x".repeat(1_000));
  assert.equal(bob.closeCode(), undefined);
  await publish("disconnect", 1, "x".repeat(1_000));
  assert.equal(bob.closeCode(), 1013);
});

test("drop-oldest drops the oldest that wait, says which, and keeps the rest in order (WP-SLOW-1)", async () => {
  const { bob, numbers, publish, readOn } = await slowReader(["drop-oldest"], { maxOutboundMessages: 20 });
  await publish("drop-oldest", 21);
  assert.equal(bob.closeCode(), undefined);
  const channel = numbers.get("drop-oldest");
  assert.deepEqual(await readOn(), [["messages-dropped", channel, 1, 11], ...range(12, 21)]);
});

test("drops of one channel that follow each other are one range, and what is kept in between parts them", async () => {
  const { publish, numbers, readOn } = await slowReader(["drop-oldest"], { maxOutboundMessages: 20 });
  await publish("drop-oldest", 50);
  const [first, ...rest] = await readOn();
  const [, , , to] = first as [string, number, number, number];
  assert.deepEqual(first, ["messages-dropped", numbers.get("drop-oldest"), 1, to]);
  assert.deepEqual(rest, range(to + 1, 50));
  assert.ok(to >= 30 && to < 50, `${to} dropped`);
});

test("keep-latest leaves the newest, and says what it left out (WP-SLOW-1)", async () => {
  const { numbers, alice, publish, readOn } = await slowReader(["keep-latest"]);
  const channel = numbers.get("keep-latest");
  await publish("keep-latest", 5);
  // Several in one turn share a segment.
  alice.send(...range(6, 9).map(() => ({ type: "publish", channel, data: { text: "x" } })));
  await alice.drain();
  assert.deepEqual(await readOn(), [["messages-dropped", channel, 1, 8], 9]);
});

test("a channel of the latest value leaves the newest and says nothing (WP-LOSSY-1)", async () => {
  const { publish, readOn } = await slowReader(["latest"]);
  await publish("latest", 5);
  assert.deepEqual(await readOn(), [5]);
});

test("ephemeral messages are the first to go, and nothing is said of them (WP-LOSSY-1)", async () => {
  const { bob, publish, readOn } = await slowReader(["ephemeral", "disconnect"]);
  await publish("ephemeral", 5);
  await publish("disconnect", 1);
  assert.deepEqual(await readOn(), [1]);
  await publish("ephemeral", 1);
  assert.deepEqual((await bob.drain()).map(summary), [6], "whoever keeps up gets them");
});

test("channels that may drop are dropped before anybody is closed, others are not touched", async () => {
  const { bob, numbers, publish, readOn } = await slowReader(["disconnect", "drop-oldest"], {
    maxOutboundMessages: 20,
  });
  await publish("drop-oldest", 12);
  await publish("disconnect", 9);
  assert.equal(bob.closeCode(), undefined);
  assert.deepEqual(await readOn(), [["messages-dropped", numbers.get("drop-oldest"), 1, 11], 12, ...range(1, 9)]);
});

test("a member that leaves and joins again while it is behind gets nothing out of order (WP-REQ-4)", async () => {
  const { bob, numbers, publish, readOn } = await slowReader(["keep-latest"]);
  const channel = numbers.get("keep-latest");
  await publish("keep-latest", 2);
  bob.send({ type: "leave", id: 3, channel });
  bob.send({ type: "join", id: 4, channel: "keep-latest", params: { roomId: "tea" } });
  await bob.drain();
  await publish("keep-latest", 1);
  assert.deepEqual(await readOn(), [["messages-dropped", channel, 1, 2], "left", "joined", 3]);
});

test("one that reads nothing changes nothing for the others", async () => {
  const { gateway, publish } = await slowReader(["drop-oldest"], { maxOutboundMessages: 20 });
  const carol = await gateway.connect("carol");
  await join(carol, "drop-oldest");
  await publish("drop-oldest", 50);
  assert.deepEqual((await carol.drain()).map(summary), range(1, 50));
});

test("a joiner of a channel of the latest value is given it, and is told that values may be skipped (WP-LOSSY-1)", async () => {
  const { gateway, publish } = await slowReader(["latest"]);
  const ask = async (since?: { stream: string; offset: number }) => {
    const socket = await gateway.connect("carol");
    socket.send({ type: "join", id: 2, channel: "latest", params: { roomId: "tea" }, ...(since && { since }) });
    const { messages, recovered, lossy, position } = await socket.next("joined");
    return { offsets: messages?.map(({ offset }) => offset), recovered, lossy, position };
  };
  assert.deepEqual((await ask()).offsets, undefined, "there is none yet");
  await publish("latest", 3);
  const { position, ...first } = await ask();
  assert.deepEqual(first, { offsets: [3], recovered: undefined, lossy: true });
  assert.deepEqual(await ask({ ...position, offset: 1 }), { offsets: [3], recovered: true, lossy: true, position });
  assert.deepEqual(await ask(position), { offsets: undefined, recovered: true, lossy: true, position });
  const elsewhere = { ...position, stream: "s_other" };
  assert.deepEqual(await ask(elsewhere), { offsets: [3], recovered: true, lossy: true, position });
  const future = { ...position, offset: 9 };
  assert.deepEqual(await ask(future), { offsets: undefined, recovered: false, lossy: true, position });
});

test("an ephemeral channel keeps nothing: there is no history, and a joiner gets none of it", async () => {
  const { gateway, publish, numbers } = await slowReader(["ephemeral"]);
  await publish("ephemeral", 2);
  const carol = await gateway.connect("carol");
  carol.send({ type: "join", id: 2, channel: "ephemeral", params: { roomId: "tea" } });
  const { messages, lossy } = await carol.next("joined");
  assert.deepEqual([messages, lossy], [undefined, true]);
  carol.send({ type: "history", id: 3, channel: numbers.get("ephemeral"), limit: 10 });
  assert.equal((await carol.next("error")).code, "not-supported");
});
