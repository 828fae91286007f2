import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Bytes } from "../../src/bytes.ts";
import { parseHistoryHeader } from "../../src/history/history-item.ts";
import { type HistoryKek, HistoryKeys, historyKek } from "../../src/history/history-keys.ts";
import { HistoryReader, type HistoryReaderOptions } from "../../src/history/history-reader.ts";
import { HistoryWriter, type SealedHistoryItem } from "../../src/history/history-writer.ts";
import { OpenedItems } from "../../src/history/opened-items.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import type { Primitives } from "../../src/primitives/primitives.ts";
import { backends } from "../primitives/backends.ts";
import { secretOf } from "../session-records/direction.ts";

const place = { tenant: "acme", channel: "room:roomId=tea", stream: "s1" };

/** Contents of these tests are one byte, which is the message's id too. */
const idOf = (content: Uint8Array): string => `message ${content[0]}`;

async function makeKek(byte = 1, primitives: Primitives = nodePrimitives): Promise<HistoryKek> {
  return historyKek(primitives, secretOf(byte));
}

/** The items of a writer with the messages 1, 2, 3 …, as it stores them one after another. */
async function write(
  count: number,
  { primitives = nodePrimitives as Primitives, writer = new HistoryWriter({ primitives }), from = 1, kekByte = 1 } = {},
): Promise<SealedHistoryItem[]> {
  const kek = await makeKek(kekByte, primitives);
  const items: SealedHistoryItem[] = [];
  for (let id = from; id < from + count; id += 1) {
    items.push(await writer.seal({ kek, place, after: items.at(-1), content: Uint8Array.of(id) }));
  }
  return items;
}

async function makeReader(changes: Partial<HistoryReaderOptions> = {}): Promise<HistoryReader> {
  const primitives = changes.primitives ?? nodePrimitives;
  const kek = await makeKek(1, primitives);
  const keys = new HistoryKeys(primitives, 16);
  const kekOf = (id: Uint8Array) => (Buffer.from(id).equals(kek.id) ? kek : undefined);
  return new HistoryReader({ primitives, keys, place, kekOf, messageIdOf: idOf, ...changes });
}

/** What a reader makes of stored bytes: the messages before a break, and whether there was one. */
async function read(items: readonly Uint8Array[], reader?: HistoryReader) {
  const reading = reader ?? (await makeReader());
  const messages: (number | undefined)[] = [];
  for (const item of items) {
    const content = await reading.next(item);
    if (content !== undefined) messages.push(content[0]);
  }
  return { messages, isBroken: reading.isBroken };
}

const bytesOf = (items: readonly SealedHistoryItem[]): Bytes[] => items.map(({ bytes }) => bytes);

for (const primitives of backends) {
  test(`what a writer has sealed is read back, from its beginning or from anywhere (${primitives.backend}, HR-1)`, async () => {
    const items = bytesOf(await write(5, { primitives }));
    assert.deepEqual(await read(items, await makeReader({ primitives })), {
      messages: [1, 2, 3, 4, 5],
      isBroken: false,
    });
    const tail = await read(items.slice(2), await makeReader({ primitives }));
    assert.deepEqual(tail, { messages: [3, 4, 5], isBroken: false });
  });
}

describe("history that the engine has tampered with breaks the chain (HR-1.2)", () => {
  type Tamper = (items: Bytes[]) => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  const flip = (items: Bytes[], at: number): Bytes[] =>
    items.map((item, index) => (index === 2 ? item.with(at, (item.at(at) ?? 0) ^ 1) : item));
  const renumbered = (items: Bytes[], at: number): Bytes[] =>
    items.map((item, index) => (index === 2 ? item.with(at, (item[at] ?? 0) + 1) : item));
  const tampers: readonly (readonly [what: string, tamper: Tamper, messages: readonly number[]])[] = [
    ["reordered", ([a, b, c, d] = []) => [a, c, b, d].filter((item) => item !== undefined), [1]],
    ["an item deleted from the middle", ([a, b, , d] = []) => [a, b, d].filter((item) => item !== undefined), [1, 2]],
    ["an item duplicated", ([a, b, c] = []) => [a, b, b, c].filter((item) => item !== undefined), [1, 2]],
    ["renumbered: its writerSeq", (items) => renumbered(items, 32), [1, 2]],
    ["renumbered: what it refers to", (items) => renumbered(items, 40), [1, 2]],
    ["a bit of the ciphertext", (items) => flip(items, 41), [1, 2]],
    ["a bit of the tag", (items) => flip(items, -1), [1, 2]],
    ["another writer's name on it", (items) => flip(items, 9), [1, 2]],
    ["another KEK's name on it", (items) => flip(items, 1), [1, 2]],
    ["another type", (items) => flip(items, 0), [1, 2]],
    ["cut short", (items) => items.map((item, index) => (index === 2 ? item.subarray(0, 50) : item)), [1, 2]],
    ["a message again, under another writer", async (items) => [...items, ...bytesOf(await write(1))], [1, 2, 3, 4]],
  ];
  for (const [what, tamper, messages] of tampers) {
    test(what, async () => {
      const items = bytesOf(await write(4));
      assert.deepEqual(await read(await tamper(items)), { messages, isBroken: true });
    });
  }

  test("left as it was it is whole, and so are two writers that took turns", async () => {
    const [one, other] = [await write(3), await write(3, { from: 11 })];
    const mixed = [one[0], other[0], one[1], other[1], other[2], one[2]].flatMap((item) => item?.bytes ?? []);
    assert.deepEqual(await read(mixed), { messages: [1, 11, 2, 12, 13, 3], isBroken: false });
  });

  const places = [
    ["another channel's", { ...place, channel: "room:roomId=coffee" }],
    ["another tenant's", { ...place, tenant: "evil" }],
    ["another stream's", { ...place, stream: "s2" }],
    // Without lengths these texts would be the same bytes.
    ["one whose texts only join to the same bytes", { ...place, tenant: "acmer", channel: "oom:roomId=tea" }],
  ] as const;
  for (const [what, foreign] of places) {
    test(`items of ${what}`, async () => {
      const items = bytesOf(await write(2));
      assert.deepEqual(await read(items, await makeReader({ place: foreign })), { messages: [], isBroken: true });
    });
  }

  test("a KEK that has been erased, and a content without a message id", async () => {
    const items = bytesOf(await write(2));
    const erased = await makeReader({ kekOf: () => undefined });
    assert.deepEqual(await read(items, erased), { messages: [], isBroken: true });
    const nameless = await makeReader({ messageIdOf: () => undefined });
    assert.deepEqual(await read(items, nameless), { messages: [], isBroken: true });
  });

  test("an item at which something throws: what nobody got must not be missing without a trace", async () => {
    const items = bytesOf(await write(3));
    const messageIdOf = (content: Uint8Array): string =>
      content[0] === 2 ? assert.fail("no such frame") : idOf(content);
    const reading = await makeReader({ messageIdOf });
    assert.deepEqual(await read(items.slice(0, 1), reading), { messages: [1], isBroken: false });
    assert.throws(() => reading.next(items[1] ?? new Uint8Array(0)), { message: "no such frame" });
    assert.deepEqual(await read(items.slice(2), reading), { messages: [], isBroken: true });
  });
});

describe("a writer (HR-1.1)", () => {
  test("counts over all channels, and refers to its last item of the stream", async () => {
    const writer = new HistoryWriter({ primitives: nodePrimitives });
    const kek = await makeKek();
    const other = { ...place, channel: "room:roomId=coffee" };
    const first = await writer.seal({ kek, place, content: Uint8Array.of(1) });
    await writer.seal({ kek, place: other, content: Uint8Array.of(2) });
    const third = await writer.seal({ kek, place, after: first, content: Uint8Array.of(3) });
    const { writerSeq, previousStored } = parseHistoryHeader(third.bytes) ?? {};
    assert.deepEqual([writerSeq, previousStored], [3, 1]);
  });

  test("takes a new id after an outcome that is not known, and begins a chain of its own with it", async () => {
    const writer = new HistoryWriter({ primitives: nodePrimitives });
    const before = await write(2, { writer });
    await writer.renew();
    const kek = await makeKek();
    const after = await writer.seal({ kek, place, after: before.at(-1), content: Uint8Array.of(3) });
    assert.notDeepEqual(after.writerId, before[0]?.writerId);
    assert.deepEqual([after.writerSeq, parseHistoryHeader(after.bytes)?.previousStored], [1, 0]);
    assert.deepEqual(await read(bytesOf([...before, after])), { messages: [1, 2, 3], isBroken: false });
  });

  test("takes a new id when its numbers are used up", async () => {
    const writer = new HistoryWriter({ primitives: nodePrimitives, maxItems: 2 });
    const items = await write(5, { writer });
    assert.equal(new Set(items.map(({ writerId }) => Buffer.from(writerId).toString("hex"))).size, 3);
    assert.deepEqual(await read(bytesOf(items)), { messages: [1, 2, 3, 4, 5], isBroken: false });
    for (const maxItems of [0, 2 ** 32 + 1, 1.5]) {
      assert.throws(() => new HistoryWriter({ primitives: nodePrimitives, maxItems }), { code: "invalid-limit" });
    }
  });

  test("of a day under another KEK is another key: one day's key opens nothing of the next (HR-3)", async () => {
    const items = bytesOf(await write(1, { kekByte: 2 }));
    assert.deepEqual(await read(items), { messages: [], isBroken: true });
    const kek = await makeKek(2);
    assert.equal((await read(items, await makeReader({ kekOf: () => kek }))).isBroken, false);
    const wrong = await makeKek(1);
    assert.equal((await read(items, await makeReader({ kekOf: () => wrong }))).isBroken, true);
  });

  test("refuses a place whose texts have no u16 length", async () => {
    const writer = new HistoryWriter({ primitives: nodePrimitives });
    const kek = await makeKek();
    const seal = (length: number) => () =>
      writer.seal({ kek, place: { ...place, tenant: "x".repeat(length) }, content: Uint8Array.of(1) });
    assert.throws(seal(65_536), { code: "invalid-length" });
    seal(65_535)();
  });
});

describe("items that were opened a short while ago (HR-2)", () => {
  test("are given without opening them again, to every reading", async () => {
    const opened = new OpenedItems(10_000);
    const items = bytesOf(await write(3));
    assert.equal((await read(items, await makeReader({ opened }))).isBroken, false);
    // Without the KEK nothing can be opened: whatever comes now was kept.
    const again = await makeReader({ opened, kekOf: () => undefined });
    assert.deepEqual(await read(items, again), { messages: [1, 2, 3], isBroken: false });
    opened.clear();
    assert.equal(opened.bytes, 0);
    const after = await makeReader({ opened, kekOf: () => undefined });
    assert.deepEqual(await read(items, after), { messages: [], isBroken: true });
  });

  test("are known by place, header and tag: nothing that was never authenticated comes out", async () => {
    const opened = new OpenedItems(10_000);
    const [first] = bytesOf(await write(1));
    assert.ok(first);
    await read([first], await makeReader({ opened }));
    for (const at of [0, 1, 9, 32, 40, first.length - 1]) {
      const changed = first.with(at, (first[at] ?? 0) ^ 1);
      assert.deepEqual((await read([changed], await makeReader({ opened }))).messages, [], `byte ${at}`);
    }
    const elsewhere = await makeReader({ opened, place: { ...place, stream: "s2" } });
    assert.deepEqual((await read([first], elsewhere)).messages, []);
    const ciphertext = first.with(41, (first[41] ?? 0) ^ 1);
    assert.deepEqual((await read([ciphertext], await makeReader({ opened }))).messages, [1], "the authentic content");
  });

  test("stay within their bytes; the oldest go first", () => {
    const item = (byte: number): Bytes => new Uint8Array(60).fill(byte);
    const one = new OpenedItems(100_000);
    one.put(place, item(1), new Uint8Array(100));
    const opened = new OpenedItems(2 * one.bytes);
    for (const byte of [1, 2]) opened.put(place, item(byte), new Uint8Array(100));
    opened.get(place, item(1));
    opened.put(place, item(3), new Uint8Array(100));
    assert.equal(opened.get(place, item(2)), undefined);
    assert.equal(opened.get(place, item(1))?.length, 100);
    assert.ok(opened.bytes <= 2 * one.bytes);
    opened.put(place, item(4), new Uint8Array(10_000));
    assert.equal(opened.get(place, item(4)), undefined);
  });
});

test("a reading that goes on for ever remembers the last 4,096 writers, and whoever goes on among them (HR-1.2)", async () => {
  const [one, , three] = bytesOf(await write(3));
  const others: Bytes[] = [];
  for (let writer = 0; writer < 4_096; writer += 1) others.push(...bytesOf(await write(1)));
  const idsApart = { messageIdOf: (content: Uint8Array) => `${content[0]} ${Math.random()}` };
  const follow = async (between: readonly Bytes[]): Promise<boolean> => {
    const reader = await makeReader(idsApart);
    return (
      await read(
        [one, ...between, three].filter((item) => item !== undefined),
        reader,
      )
    ).isBroken;
  };
  assert.equal(await follow(others.slice(1)), true, "its second item is missing");
  assert.equal(await follow(others), false, "control: it has been forgotten, and is read for the first time");
});
