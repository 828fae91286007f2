import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Broker, StreamPosition } from "../../src/broker.ts";
import type { Cluster } from "../../src/cluster.ts";
import { type MemoryOptions, memory } from "../../src/memory/memory.ts";
import { brokerSuite } from "../broker-suite.ts";
import { budgetsSuite } from "../budgets-suite.ts";
import { presenceSuite } from "../presence-suite.ts";
import { revocationsSuite } from "../revocations-suite.ts";

/** A cluster in a time of its own. */
function open(options: MemoryOptions = {}): Cluster & { advance(ms: number): void } {
  let nowMs = 0;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { ...memory({ ...options, now: () => nowMs }), advance };
}

budgetsSuite("memory", async () => {
  const { budgets, advance, close } = open();
  return { budgets, advance: async (ms) => advance(ms), close };
});

const modelRuns = 300;
brokerSuite(
  "memory",
  async () => {
    const { broker, advance, close } = open();
    return { broker, advance: async (ms) => advance(ms), close };
  },
  modelRuns,
);

presenceSuite("memory", async () => open());

revocationsSuite("memory", async () => {
  const { revocations, advance, close } = open({ onListenerError: () => undefined });
  return { revocations, advance: async (ms) => advance(ms), close };
});

const none = { messages: 0, bytes: 1_000_000, ttlMs: 0 };
const plenty = { messages: 100, bytes: 1_000_000, ttlMs: 600_000 };

async function publish(broker: Broker, channel: string, size = 0, history = plenty): Promise<StreamPosition> {
  return (await broker.publish({ channel, bytes: new Uint8Array(size), history })).position;
}

/** Offsets that are kept of a channel, read without knowing its stream. */
async function kept(broker: Broker, channel: string): Promise<number[]> {
  return (await broker.history(channel, { limit: 1_000 })).items.map(({ offset }) => offset);
}

async function streamOf(broker: Broker, channel: string): Promise<string> {
  return (await broker.history(channel, { limit: 1 })).position.stream;
}

describe("memory(): stream ids", () => {
  test("a stream id is 96 random bits in base64url behind s_", async () => {
    const random = (length: number): Uint8Array => new Uint8Array(length).fill(0xfb);
    const { stream } = await publish(open({ random }).broker, "tea");
    assert.equal(stream, "s_-_v7-_v7-_v7-_v7");
    assert.match((await publish(memory().broker, "tea")).stream, /^s_[A-Za-z0-9_-]{16}$/);
  });

  test("two clusters never continue each other's streams", async () => {
    const one = await publish(memory().broker, "tea");
    const other = await publish(memory().broker, "tea");
    assert.notEqual(one.stream, other.stream);
  });
});

describe("memory(): listeners that throw", () => {
  test("neither the publisher nor other subscribers notice, and the option hears the error", async () => {
    const errors: unknown[] = [];
    const { broker } = open({ onListenerError: (error) => errors.push(error) });
    const heard: number[] = [];
    const broken = new Error("broken listener");
    await broker.subscribe("tea", () => {
      throw broken;
    });
    await broker.subscribe("tea", ({ offset }) => heard.push(offset));
    await publish(broker, "tea");
    await publish(broker, "tea");
    assert.deepEqual(heard, [1, 2]);
    assert.deepEqual(errors, [broken, broken]);
  });

  test("not even an onListenerError that throws itself breaks delivery", async () => {
    const { broker } = open({ onListenerError: (error) => assert.fail(String(error)) });
    const heard: number[] = [];
    await broker.subscribe("tea", () => assert.fail("broken listener"));
    await broker.subscribe("tea", ({ offset }) => heard.push(offset));
    await publish(broker, "tea");
    await publish(broker, "tea");
    assert.deepEqual(heard, [1, 2]);
  });

  test("without the option the process is warned and goes on", async () => {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    const { broker } = memory();
    await broker.subscribe("tea", () => assert.fail("broken listener"));
    await publish(broker, "tea");
    assert.equal((await warned).name, "WardwireClusterWarning");
  });
});

describe("memory(): idle channels are forgotten", () => {
  /** More operations than there are channels, so that each channel has had its turn. */
  async function others(broker: Broker): Promise<void> {
    for (let count = 0; count < 10; count += 1) await broker.history("other", { limit: 1 });
  }

  test("one without subscribers and history, five minutes after its last use, and begins another stream", async () => {
    const { broker, advance } = open();
    const { stream } = await publish(broker, "tea", 0, none);
    advance(299_999);
    await others(broker);
    assert.equal(await streamOf(broker, "tea"), stream);
    advance(300_000);
    await others(broker);
    const next = await publish(broker, "tea");
    assert.notEqual(next.stream, stream);
    assert.equal(next.offset, 1);
  });

  test("one with history only after its last item has expired", async () => {
    const { broker, advance } = open();
    const { stream } = await publish(broker, "tea", 0, { messages: 1, bytes: 1_000_000, ttlMs: 900_000 });
    advance(899_999);
    await others(broker);
    assert.equal(await streamOf(broker, "tea"), stream);
    advance(300_000);
    await others(broker);
    assert.notEqual(await streamOf(broker, "tea"), stream);
  });

  test("one that had subscribers five minutes after the last has gone", async () => {
    const { broker, advance } = open();
    const { position, unsubscribe } = await broker.subscribe("tea", () => undefined);
    advance(3_600_000);
    await others(broker);
    unsubscribe();
    advance(299_999);
    await others(broker);
    assert.equal(await streamOf(broker, "tea"), position.stream);
    advance(300_000);
    await others(broker);
    assert.notEqual(await streamOf(broker, "tea"), position.stream);
  });

  test("and an old subscription that is ended again does not bring the old stream back", async () => {
    const { broker, advance } = open();
    const { position, unsubscribe } = await broker.subscribe("tea", () => undefined);
    unsubscribe();
    advance(300_000);
    await others(broker);
    const next = await publish(broker, "tea");
    assert.notEqual(next.stream, position.stream);
    unsubscribe();
    assert.equal(await streamOf(broker, "tea"), next.stream);
    assert.deepEqual(await kept(broker, "tea"), [1]);
  });

  test("of a crowd every one, a few with each operation", async () => {
    const { broker, advance } = open();
    const streams = new Set<string>();
    for (let count = 0; count < 1_000; count += 1) streams.add((await publish(broker, `c${count}`, 0, none)).stream);
    advance(300_000);
    for (let count = 0; count < 1_010; count += 1) await broker.history("other", { limit: 1 });
    for (let count = 0; count < 1_000; count += 1)
      assert.equal(streams.has(await streamOf(broker, `c${count}`)), false);
  });
});

describe("memory(): bounds", () => {
  test("past maxIdleChannels the least recently used channel without subscribers goes", async () => {
    const { broker } = open({ maxIdleChannels: 2 });
    await broker.subscribe("watched", () => undefined);
    await publish(broker, "watched");
    await publish(broker, "a");
    await publish(broker, "b");
    assert.deepEqual(await kept(broker, "a"), [1]);
    await publish(broker, "c");
    assert.deepEqual(await kept(broker, "a"), [1]);
    assert.deepEqual(await kept(broker, "c"), [1]);
    assert.deepEqual(await kept(broker, "b"), [], "b was used before a");
    assert.deepEqual(await kept(broker, "watched"), [1]);
  });

  test("a channel that went at the bound says so to whoever comes back", async () => {
    const { broker } = open({ maxIdleChannels: 1 });
    const since = await publish(broker, "a");
    await publish(broker, "b");
    const { complete } = await broker.history("a", { since, limit: 1 });
    assert.equal(complete, false);
  });

  test("past maxHistoryBytes idle channels go first, then the oldest items of the one published to", async () => {
    // Room for five items: 872 bytes of their own and 128 counted beside them.
    const { broker } = open({ maxHistoryBytes: 5_000 });
    await broker.subscribe("watched", () => undefined);
    await broker.subscribe("growing", () => undefined);
    for (const channel of ["watched", "idle 1", "idle 2", "growing", "growing"]) await publish(broker, channel, 872);
    assert.deepEqual(await kept(broker, "idle 1"), [1]);
    await publish(broker, "growing", 872);
    assert.deepEqual(await kept(broker, "idle 2"), [], "idle 1 was read after it");
    assert.deepEqual(await kept(broker, "idle 1"), [1]);
    await publish(broker, "growing", 872);
    assert.deepEqual(await kept(broker, "idle 1"), []);
    assert.deepEqual(await kept(broker, "growing"), [1, 2, 3, 4]);
    await publish(broker, "growing", 872);
    assert.deepEqual(await kept(broker, "growing"), [2, 3, 4, 5]);
    assert.deepEqual(await kept(broker, "watched"), [1]);
  });

  test("an item larger than maxHistoryBytes is delivered and not kept", async () => {
    const { broker } = open({ maxHistoryBytes: 1_000 });
    const heard: number[] = [];
    const { position } = await broker.subscribe("tea", ({ offset }) => heard.push(offset));
    await publish(broker, "tea", 1_001);
    assert.deepEqual(heard, [1]);
    const page = await broker.history("tea", { since: position, limit: 1 });
    assert.deepEqual(page, { items: [], position: { ...position, offset: 1 }, complete: false });
  });

  test("expired items of a quiet channel make room without anybody touching it", async () => {
    const brief = { messages: 100, bytes: 1_000_000, ttlMs: 1_000 };
    for (const [passedMs, expected] of [
      [999, [2, 3]],
      [1_000, [1, 2, 3]],
    ] as const) {
      const { broker, advance } = open({ maxHistoryBytes: 3_000 });
      await broker.subscribe("quiet", () => undefined);
      await publish(broker, "quiet", 872, brief);
      advance(passedMs);
      for (let count = 0; count < 3; count += 1) await publish(broker, "busy", 872);
      assert.deepEqual(await kept(broker, "busy"), expected, `after ${passedMs} ms`);
    }
  });

  test("past maxIdempotencyKeys the oldest key is forgotten, over all channels", async () => {
    const { broker } = open({ maxIdempotencyKeys: 2 });
    const once = async (channel: string, idempotencyKey: string): Promise<boolean> =>
      (await broker.publish({ channel, bytes: new Uint8Array(0), history: none, idempotencyKey })).duplicate;
    assert.equal(await once("tea", "k1"), false);
    assert.equal(await once("coffee", "k2"), false);
    assert.equal(await once("tea", "k1"), true, "a retry makes a key no younger");
    assert.equal(await once("tea", "k3"), false);
    assert.equal(await once("coffee", "k2"), true);
    assert.equal(await once("tea", "k1"), false, "k1 was the oldest");
  });

  test("a bound that is no integer of 1 or more is refused", () => {
    for (const bound of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const name of ["maxIdleChannels", "maxHistoryBytes", "maxIdempotencyKeys", "maxBudgetKeys"]) {
        assert.throws(() => memory({ [name]: bound }), { code: "invalid-argument", message: new RegExp(name) });
      }
    }
  });
});
