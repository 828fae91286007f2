import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StreamItem } from "@wardwire/cluster/broker";
import { memory } from "@wardwire/cluster/memory";
import { type HistoryKek, historyKek } from "@wardwire/crypto/history/history-keys";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { SealedHistory } from "../../src/channels/stored/sealed-history.ts";

const channel = "room tea";
const history = { messages: 100, bytes: 1_000_000, ttlMs: 600_000 };

/** The keys of days, which processes share, and what makes the next day begin. */
function daysOfKeys() {
  const known: HistoryKek[] = [];
  const nextDay = (): void => void known.push(historyKek(nodePrimitives, SecretBytes.random(32)));
  nextDay();
  const keks = {
    get current() {
      return known.at(-1) as HistoryKek;
    },
    of: (id: Uint8Array) => known.find((kek) => Buffer.compare(kek.id, id) === 0),
  };
  return { broker: memory().broker, keks, nextDay };
}

/** The sealed history of one process, and how many keys of items it holds. */
function processOf({ broker, keks }: ReturnType<typeof daysOfKeys>) {
  let held = 0;
  const importAead: typeof nodePrimitives.importAead = (algorithm, secret) => {
    const key = nodePrimitives.importAead(algorithm, secret);
    held += 1;
    const dispose = (): void => {
      held -= 1;
      key.dispose();
    };
    return { seal: (...sealed) => key.seal(...sealed), open: (...opened) => key.open(...opened), dispose };
  };
  const failed = (error: unknown) => assert.fail(error as Error);
  const primitives = { ...nodePrimitives, importAead };
  const sealed = new SealedHistory({ broker, primitives, keks, knownStream: () => undefined, failed });
  const publish = (message: string) =>
    sealed.publish({ channel, bytes: Buffer.from(JSON.stringify({ message, at: 0, data: 1 })), history });
  return { sealed, publish, heldKeys: () => held };
}

describe("what a process derives from the history key of a day", () => {
  test("to seal with goes when the next day's is there, though nothing else takes its place (HR-3)", async () => {
    const days = daysOfKeys();
    const { publish, heldKeys } = processOf(days);
    await publish("m_1");
    assert.equal(heldKeys(), 1);
    for (const message of ["m_2", "m_3", "m_4"]) {
      days.nextDay();
      await publish(message);
      assert.equal(heldKeys(), 1, message);
    }
  });

  test("to open with goes too, also where one reading goes on over days (HR-3)", async () => {
    const days = daysOfKeys();
    const [writer, reader] = [processOf(days), processOf(days)];
    const reading = reader.sealed.reading(channel);
    for (const [read, message] of ["m_1", "m_2", "m_3"].entries()) {
      await writer.publish(message);
      const { items, position } = await days.broker.history(channel, { limit: 10 });
      assert.ok(reading.next(position.stream, items[read] as StreamItem) !== undefined);
      assert.equal(reader.heldKeys(), 1, message);
      days.nextDay();
    }
  });

  test("control: an item is opened as long as the key of its day is there", async () => {
    const days = daysOfKeys();
    const [writer, reader] = [processOf(days), processOf(days)];
    await writer.publish("m_1");
    days.nextDay();
    await writer.publish("m_2");
    const page = await days.broker.history(channel, { limit: 10 });
    assert.equal(reader.sealed.open(channel, page, false).items.length, 2);
    assert.equal(reader.heldKeys(), 2);
  });
});
