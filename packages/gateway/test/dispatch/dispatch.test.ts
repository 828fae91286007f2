import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterError } from "@wardwire/cluster/cluster-error";
import { memory } from "@wardwire/cluster/memory";
import { defineContract } from "@wardwire/contract";
import { deny } from "../../src/auth/authorize.ts";
import { channelAddress } from "../../src/channels/address.ts";
import { publishTo } from "../../src/channels/publish.ts";
import { RequestError } from "../../src/dispatch/request-error.ts";
import { collectGarbage } from "../collect-garbage.ts";
import { contract, GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";

const join = { type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } } as const;

async function joined(socket: PaperSocket): Promise<number> {
  socket.send(join);
  const { channel } = await socket.next("joined");
  await socket.drain();
  return channel;
}

/** One request for each operation, in the order in which they are possible. */
function everyOperation(channel: number): Record<string, unknown>[] {
  return [
    { ...join, params: { roomId: "other" } },
    { type: "publish", id: 3, channel, data: { text: "hi" } },
    { type: "history", id: 4, channel, limit: 1 },
    { type: "presence", id: 5, channel },
    { type: "call", id: 6, command: "rename", input: { title: "Tea" } },
  ];
}

test("asks authorize for every operation, with what it is about (R43)", async () => {
  const asked: unknown[] = [];
  const gateway = new GatewayOnPaper({
    authorize: (request) => {
      asked.push([request.operation, request.channel?.params ?? request.command?.input, request.identity.userId]);
      return { allowed: true };
    },
  });
  const socket = await gateway.connect("alice");
  const channel = await joined(socket);
  socket.send(...everyOperation(channel));
  await socket.next("result");
  assert.deepEqual(asked, [
    ["join", { roomId: "tea" }, "alice"],
    ["join", { roomId: "other" }, "alice"],
    ["publish", { roomId: "tea" }, "alice"],
    ["history", { roomId: "tea" }, "alice"],
    ["presence", { roomId: "tea" }, "alice"],
    ["call", { title: "Tea" }, "alice"],
  ]);
});

const answersThatDeny = [
  ["deny()", () => deny("no")],
  ["nothing", () => undefined as never],
  ["true", () => true as never],
  ["a rejection", () => Promise.reject(new Error("broken"))],
  [
    "an exception",
    () => {
      throw new Error("broken");
    },
  ],
] as const;
for (const [what, answer] of answersThatDeny) {
  test(`denies every operation when authorize answers ${what} (R43)`, async () => {
    let closed = false;
    const gateway = new GatewayOnPaper({ authorize: () => (closed ? answer() : { allowed: true }) });
    const socket = await gateway.connect("alice");
    const channel = await joined(socket);
    closed = true;
    socket.send(...everyOperation(channel));
    for (const id of [2, 3, 4, 5, 6]) {
      const refused = await socket.next("error");
      assert.deepEqual([refused.id, refused.code], [id, "forbidden"]);
    }
    assert.equal(gateway.events.filter(({ event }) => event === "denied").length, 5);
    assert.equal(gateway.core.channels.size, 1);
  });
}

test("grants of the token narrow what authorize allows (R43)", async () => {
  const socket = await new GatewayOnPaper().connect("alice//lobby:roomId=tea=join");
  const channel = await joined(socket);
  socket.send(...everyOperation(channel));
  for (const id of [2, 3, 4, 5, 6]) assert.deepEqual((await socket.next("error")).id, id);
});

test("unknown channels and commands, inherited names among them, are answered and cost nothing", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  for (const name of ["nowhere", "constructor", "toString", "hasOwnProperty"]) {
    socket.send({ ...join, channel: name });
    assert.equal((await socket.next("error")).code, "unknown-channel");
    socket.send({ type: "call", id: 3, command: name, input: {} });
    assert.equal((await socket.next("error")).code, "unknown-command");
  }
});

test("data that does not fit the contract is refused with its path (R33)", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  const channel = await joined(socket);
  const faulty = [
    [{ ...join, params: { roomId: "Tea!" } }, ["roomId"]],
    [{ ...join, params: null }, []],
    [{ type: "publish", id: 2, channel, data: { text: 7 } }, ["text"]],
    [{ type: "publish", id: 2, channel, data: { text: "a\u0000b" } }, ["text"]],
    [{ type: "call", id: 2, command: "rename", input: { title: 1 } }, ["title"]],
  ] as const;
  for (const [frame, path] of faulty) {
    socket.send(frame);
    const refused = await socket.next("error");
    assert.deepEqual([refused.code, refused.path], ["invalid-data", path]);
  }
});

test("keys that reach for a prototype are refused wherever they stand (R33)", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  const channel = await joined(socket);
  for (const key of ["__proto__", "constructor", "prototype"]) {
    socket.sendText(`{"type":"publish","id":3,"channel":${channel},"data":{"text":"hi","${key}":{"admin":true}}}`);
    assert.equal((await socket.next("error")).code, "invalid-frame");
  }
  assert.equal(({} as { admin?: boolean }).admin, undefined);
});

test("members cannot publish where only the application may, and it can", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.connect("alice");
  socket.send({ ...join, channel: "news", params: {} });
  const { channel } = await socket.next("joined");
  socket.send({ type: "publish", id: 3, channel, data: { text: "fake" } });
  assert.equal((await socket.next("error")).code, "forbidden");
});

test("joining twice, leaving what is not joined and publishing there are answered", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  const channel = await joined(socket);
  socket.send(join);
  assert.equal((await socket.next("error")).code, "already-joined");
  socket.send({ type: "leave", id: 3, channel });
  assert.equal((await socket.next("left")).id, 3);
  for (const frame of everyOperation(channel).slice(1, 4)) {
    socket.send(frame);
    assert.equal((await socket.next("error")).code, "not-joined");
  }
  socket.send({ type: "leave", id: 3, channel });
  assert.equal((await socket.next("error")).code, "not-joined");
});

test("a connection joins at most maxJoins channels", async () => {
  const socket = await new GatewayOnPaper({ limits: { maxJoins: 1 } }).connect("alice");
  await joined(socket);
  socket.send({ ...join, params: { roomId: "cake" } });
  assert.equal((await socket.next("error")).code, "too-many-joins");
});

test("a channel without history or presence says so", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  socket.send({ ...join, channel: "plain" });
  const { channel, present } = await socket.next("joined");
  assert.equal(present, undefined);
  socket.send({ type: "history", id: 3, channel, limit: 1 });
  assert.equal((await socket.next("error")).code, "not-supported");
  socket.send({ type: "presence", id: 3, channel });
  assert.equal((await socket.next("error")).code, "not-supported");
});

test("the same key publishes once, for the same user only", async () => {
  const gateway = new GatewayOnPaper();
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  const channel = await joined(alice);
  await joined(bob);
  const frame = { type: "publish", id: 3, channel, data: { text: "hi" }, key: "k1" } as const;
  alice.send(frame);
  const first = await alice.next("published");
  assert.deepEqual([first.offset, first.duplicate], [1, undefined]);
  alice.send(frame);
  const again = await alice.next("published");
  assert.deepEqual([again.offset, again.duplicate], [1, true]);
  bob.send(frame);
  assert.deepEqual((await bob.next("published")).offset, 2);
});

test("history pages both ways", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  const channel = await joined(socket);
  for (const text of ["1", "2", "3"]) socket.send({ type: "publish", channel, data: { text } });
  socket.send({ type: "history", id: 3, channel, limit: 2 });
  const { messages: oldest, position } = await socket.next("messages");
  assert.deepEqual(
    oldest.map(({ offset }) => offset),
    [1, 2],
  );
  assert.equal(position.offset, 3);
  socket.send({ type: "history", id: 4, channel, limit: 2, since: { ...position, offset: 2 } });
  assert.deepEqual(
    (await socket.next("messages")).messages.map(({ offset }) => offset),
    [3],
  );
  socket.send({ type: "history", id: 5, channel, limit: 2, reverse: true });
  assert.deepEqual(
    (await socket.next("messages")).messages.map(({ offset }) => offset),
    [3, 2],
  );
});

test("a handler that throws is answered internal and reported whole; the connection goes on (R35)", async () => {
  const gateway = new GatewayOnPaper({
    commands: {
      rename: ({ input }) => {
        if (input.title === "refuse")
          throw new RequestError("title-taken", "choose another title", { path: ["title"] });
        if (input.title === "wrong") return { title: 1 } as never;
        throw new Error("secret detail");
      },
    },
  });
  const socket = await gateway.connect("alice");
  const call = (title: string) => ({ type: "call", id: 3, command: "rename", input: { title } }) as const;
  socket.send(call("throw"));
  const internal = await socket.next("error");
  assert.deepEqual([internal.code, internal.message], ["internal", "the command failed"]);
  socket.send(call("wrong"));
  assert.equal((await socket.next("error")).code, "internal");
  assert.equal(gateway.events.filter(({ event }) => event === "failure").length, 2);
  socket.send(call("refuse"));
  const refused = await socket.next("error");
  assert.deepEqual([refused.code, refused.message, refused.path], ["title-taken", "choose another title", ["title"]]);
});

test("a handler's signal is aborted when it takes too long, and when the connection closes", async () => {
  const signals: AbortSignal[] = [];
  const gateway = new GatewayOnPaper({
    commands: {
      rename: ({ signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    },
    limits: { maxConcurrentCalls: 2, heartbeatMs: 60_000 },
  });
  const socket = await gateway.connect("alice");
  const call = { type: "call", id: 3, command: "rename", input: { title: "Tea" } } as const;
  socket.send(call, { ...call, id: 4 }, { ...call, id: 5 });
  const limited = await socket.next("error");
  assert.deepEqual([limited.id, limited.code], [5, "rate-limited"]);
  gateway.clock.pass(30_000);
  assert.equal((await socket.next("error")).code, "unavailable");
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, true],
  );
  await socket.drain();
  socket.send({ ...call, id: 6 });
  await socket.drain();
  socket.close(1001, "");
  assert.equal(signals[2]?.aborted, true);
});

test("an engine that does not answer is unavailable, costs no error budget, and closes nothing (R35)", async () => {
  const cluster = memory();
  const gateway = new GatewayOnPaper({ cluster, limits: { errorBudget: 1 } });
  const socket = await gateway.connect("alice");
  cluster.broker.subscribe = () => Promise.reject(new ClusterError("unavailable", "away"));
  for (const id of [2, 3, 4]) {
    socket.send({ ...join, id });
    const refused = await socket.next("error");
    assert.deepEqual([refused.id, refused.code], [id, "unavailable"]);
  }
  assert.equal(gateway.core.channels.size, 0);
});

const call = { type: "call", id: 3, command: "rename", input: { title: "Tea" } } as const;

test("a refusal that cannot be written closes that connection with 1011 and ends nothing else (R35)", async () => {
  const refusal = new RequestError("title-taken", "choose another", { path: [7n as never] });
  const byCommand = new GatewayOnPaper({ commands: { rename: () => Promise.reject(refusal) } });
  const caller = await byCommand.connect("alice");
  caller.send(call);
  assert.equal((await caller.closed()).code, 1011);
  const cluster = memory();
  cluster.broker.subscribe = () => Promise.reject(refusal);
  const byEngine = new GatewayOnPaper({ cluster });
  const joiner = await byEngine.connect("alice");
  joiner.send(join);
  assert.equal((await joiner.closed()).code, 1011);
  assert.ok(byEngine.events.some(({ event }) => event === "failure"));
});

test("what a schema gives and JSON cannot hold is internal: no frame goes out that clients refuse (R35)", async () => {
  for (const title of ["\ud83d", undefined, Number.NaN, new Date(0)]) {
    const output = { "~standard": { version: 1, vendor: "test", validate: () => ({ value: title }) } } as never;
    const { channels, commands, notification } = contract.definition;
    const broken = defineContract({ channels, commands: { rename: { ...commands.rename, output } }, notification });
    const gateway = new GatewayOnPaper({ contract: broken as unknown as typeof contract });
    const socket = await gateway.connect("alice");
    socket.send(call);
    assert.equal((await socket.next("error")).code, "internal", String(title));
  }
});

test("a message that is too large for clients is refused at its publisher", async () => {
  const gateway = new GatewayOnPaper();
  const address = channelAddress(contract, "lobby", { roomId: "tea" });
  const publish = async (length: number) => publishTo(gateway.core, address, { data: { text: "x".repeat(length) } });
  await assert.rejects(publish(1_048_576), { code: "too-large" });
  await publish(1_048_000);
});

test("an output that is too large for clients is answered too-large", async () => {
  const rename = () => ({ title: "x".repeat(4_194_304) });
  const socket = await new GatewayOnPaper({ commands: { rename } }).connect("alice");
  socket.send(call);
  assert.equal((await socket.next("error")).code, "too-large");
});

test("an observer's rejection ends nothing (R35)", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): unknown => unhandled.push(reason);
  process.on("unhandledRejection", note);
  const gateway = new GatewayOnPaper({ observe: () => Promise.reject(new Error("the log is full")) as never });
  const socket = await gateway.connect("alice");
  await socket.drain();
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});

test("a presence entry is taken back when adding it failed: it may have come through all the same", async () => {
  const cluster = memory();
  const { presence } = cluster;
  const add = presence.add.bind(presence);
  presence.add = async (...entry) => {
    await add(...entry);
    throw new ClusterError("unavailable", "no answer in time");
  };
  const gateway = new GatewayOnPaper({ cluster });
  const socket = await gateway.connect("alice");
  socket.send(join);
  assert.equal((await socket.next("error")).code, "unavailable");
  assert.deepEqual(await presence.list('lobby {"roomId":"tea"}'), []);
  assert.equal(gateway.core.channels.size, 0);
});

test("a handler's signal does not outlive its call, though it was listened to", async () => {
  const signals: WeakRef<AbortSignal>[] = [];
  const gateway = new GatewayOnPaper({
    commands: {
      rename: ({ input, signal }) => {
        signal.addEventListener("abort", () => {});
        signals.push(new WeakRef(signal));
        return input;
      },
    },
  });
  const socket = await gateway.connect("alice");
  for (let count = 0; count < 50; count += 1) {
    socket.send(call);
    await socket.next("result");
  }
  await collectGarbage();
  const kept = signals.filter((signal) => signal.deref() !== undefined).length;
  assert.ok(kept <= 1, `${kept} of 50 signals are kept`);
});
