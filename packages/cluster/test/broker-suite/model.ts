import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import fc from "fast-check";
import type {
  HistoryBounds,
  HistoryPage,
  HistoryQuery,
  StreamItem,
  StreamPosition,
  Unsubscribe,
} from "../../src/broker.ts";
import type { BrokerUnderTest } from "./broker-under-test.ts";

/**
 * Runs random operations on a broker and on a model of it that keeps everything for ever and filters when asked, and
 * compares every answer and every delivery. A failure prints the seed; `FAST_CHECK_SEED` repeats it.
 */
export async function behavesLikeTheModel(
  t: TestContext,
  open: () => Promise<BrokerUnderTest>,
  numRuns: number,
): Promise<void> {
  const seed = Number(process.env["FAST_CHECK_SEED"] ?? Date.now() % 2 ** 31);
  t.diagnostic(`fast-check seed ${seed}`);
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 80 }), async (operations) => {
      const room = await open();
      try {
        const pair = new Pair(room);
        for (const next of operations) await pair.run(next);
      } finally {
        await room.close();
      }
    }),
    { seed, numRuns },
  );
}

type Operation =
  | { readonly type: "publish"; readonly channel: string; readonly history: HistoryBounds; readonly key?: string }
  | { readonly type: "subscribe" | "unsubscribe"; readonly channel: string }
  | {
      readonly type: "history";
      readonly channel: string;
      readonly since: number | "stale" | undefined;
      readonly limit: number;
      readonly reverse: boolean;
    }
  | { readonly type: "advance"; readonly ms: number }
  | { readonly type: "reopen" };

const channel = fc.constantFrom("tea", "coffee");
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        type: fc.constant("publish" as const),
        channel,
        history: fc.record({
          messages: fc.constantFrom(0, 1, 3, 50),
          bytes: fc.constantFrom(0, 4, 1_000_000),
          ttlMs: fc.constantFrom(0, 1_000, 600_000),
        }),
        key: fc.constantFrom("k1", "k2", "k3"),
      },
      { requiredKeys: ["type", "channel", "history"] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("subscribe" as const, "unsubscribe" as const), channel }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("history" as const),
      channel,
      since: fc.oneof(fc.integer({ min: -1, max: 30 }), fc.constantFrom("stale" as const, undefined)),
      limit: fc.constantFrom(1, 2, 5, 1_000),
      reverse: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("advance" as const),
      ms: fc.constantFrom(1, 500, 1_000, 299_999, 600_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "reopen" as const }) },
);

/** What the model knows of a channel. */
interface ModelChannel {
  stream: string | undefined;
  /** Every stream id it ever had. */
  readonly past: Set<string>;
  items: { readonly item: StreamItem; readonly publishedMs: number; dropped: boolean }[];
  bounds: HistoryBounds;
  usedMs: number;
  readonly subscriptions: {
    readonly heard: StreamItem[];
    readonly expected: StreamItem[];
    readonly end: Unsubscribe;
  }[];
}

/** A broker and its model, side by side. */
class Pair {
  readonly #room: BrokerUnderTest;
  readonly #channels = new Map<string, ModelChannel>();
  readonly #keys = new Map<string, { readonly position: StreamPosition; readonly publishedMs: number }>();
  #nowMs = 0;
  #published = 0;

  constructor(room: BrokerUnderTest) {
    this.#room = room;
  }

  async run(operation: Operation): Promise<void> {
    if (operation.type === "reopen") return this.#reopen();
    if (operation.type === "advance") {
      this.#nowMs += operation.ms;
      await this.#room.advance(operation.ms);
      return;
    }
    const model = this.#channel(operation.channel);
    for (const entry of model.items) entry.dropped ||= this.#nowMs - entry.publishedMs >= model.bounds.ttlMs;
    switch (operation.type) {
      case "publish":
        await this.#publish(model, operation);
        break;
      case "subscribe":
        await this.#subscribe(model, operation.channel);
        break;
      case "unsubscribe":
        if (model.subscriptions.length > 0) model.usedMs = this.#nowMs;
        model.subscriptions.shift()?.end();
        break;
      case "history":
        await this.#history(model, operation);
        break;
      default:
        operation satisfies never;
    }
    for (const { heard, expected } of model.subscriptions) assert.deepEqual(heard, expected);
  }

  /** Subscriptions end with the process, everything else goes on. */
  async #reopen(): Promise<void> {
    if (this.#room.reopen === undefined) return;
    await this.#room.reopen();
    for (const model of this.#channels.values()) {
      if (model.subscriptions.length > 0) model.usedMs = this.#nowMs;
      model.subscriptions.length = 0;
    }
  }

  async #publish(model: ModelChannel, { channel, history, key }: Operation & { type: "publish" }): Promise<void> {
    this.#published += 1;
    const bytes = new TextEncoder().encode(String(this.#published));
    const publication = { channel, bytes, history, ...(key === undefined ? {} : { idempotencyKey: key }) };
    const { position, duplicate } = await this.#room.broker.publish(publication);

    const first = this.#keys.get(`${channel} ${key}`);
    const isRetry = key !== undefined && first !== undefined && this.#nowMs - first.publishedMs < 300_000;
    assert.equal(duplicate, isRetry);
    if (isRetry) {
      assert.deepEqual(position, first.position);
      return;
    }
    this.#meet(model, position.stream);
    const item = { offset: model.items.length + 1, bytes };
    assert.equal(position.offset, item.offset);
    model.items.push({ item, publishedMs: this.#nowMs, dropped: false });
    model.bounds = history;
    let newer = { messages: 0, bytes: 0 };
    for (const entry of model.items.toReversed()) {
      newer = { messages: newer.messages + 1, bytes: newer.bytes + entry.item.bytes.byteLength };
      const isTooOld = this.#nowMs - entry.publishedMs >= history.ttlMs;
      entry.dropped ||= isTooOld || newer.messages > history.messages || newer.bytes > history.bytes;
    }
    for (const { expected } of model.subscriptions) expected.push(item);
    if (key !== undefined) this.#keys.set(`${channel} ${key}`, { position, publishedMs: this.#nowMs });
  }

  async #subscribe(model: ModelChannel, channel: string): Promise<void> {
    const heard: StreamItem[] = [];
    const { position, unsubscribe } = await this.#room.broker.subscribe(channel, (item) => heard.push(item));
    this.#meet(model, position.stream);
    assert.equal(position.offset, model.items.length);
    model.subscriptions.push({ heard, expected: [], end: unsubscribe });
  }

  async #history(model: ModelChannel, operation: Operation & { type: "history" }): Promise<void> {
    const { channel, limit, reverse } = operation;
    const since = sinceOf(model, operation.since);
    const query: HistoryQuery = { limit, reverse, ...(since === undefined ? {} : { since }) };
    const page = await this.#room.broker.history(channel, query);
    this.#meet(model, page.position.stream);
    assert.deepEqual(page, expectedPage(model, page.position.stream, query));
  }

  /** Takes note of the stream an answer names: another one only when nothing of the last one was left to keep. */
  #meet(model: ModelChannel, stream: string): void {
    if (stream !== model.stream && model.stream !== undefined) {
      assert.equal(model.past.has(stream), false, "a stream id came back");
      assert.equal(model.subscriptions.length, 0, "the stream changed under a subscriber");
      assert.equal(model.items.filter(({ dropped }) => !dropped).length, 0, "the stream changed and history went");
      assert(this.#nowMs - model.usedMs >= 300_000, "the stream changed soon after its last use");
      model.items = [];
    }
    model.stream = stream;
    model.past.add(stream);
    model.usedMs = this.#nowMs;
  }

  #channel(name: string): ModelChannel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const bounds = { messages: 0, bytes: 0, ttlMs: 0 };
    const begun = { stream: undefined, past: new Set<string>(), items: [], bounds, usedMs: 0, subscriptions: [] };
    this.#channels.set(name, begun);
    return begun;
  }
}

/** Turns what the operation says into a position; before the channel has a stream every position is a foreign one. */
function sinceOf(model: ModelChannel, since: number | "stale" | undefined): StreamPosition | undefined {
  if (since === undefined) return undefined;
  if (since === "stale") return { stream: [...model.past][0] ?? "never", offset: 1 };
  return { stream: model.stream ?? "never", offset: since };
}

function expectedPage(model: ModelChannel, stream: string, { since, limit, reverse }: HistoryQuery): HistoryPage {
  const position = { stream, offset: model.items.length };
  const usable =
    since === undefined || (since.stream === stream && since.offset >= 0 && since.offset <= position.offset);
  if (!usable) return { items: [], position, complete: false };
  const wanted = model.items.filter(({ item }) => {
    if (since === undefined) return true;
    return reverse === true ? item.offset < since.offset : item.offset > since.offset;
  });
  if (reverse === true) wanted.reverse();
  const complete = since === undefined || wanted[0]?.dropped !== true;
  const kept = wanted.filter(({ dropped }) => !dropped).map(({ item }) => item);
  return { items: kept.slice(0, limit), position, complete };
}
