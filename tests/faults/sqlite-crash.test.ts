import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Broker, StreamItem } from "@wardwire/cluster/broker";
import type { Cluster } from "@wardwire/cluster/cluster";
import { publication } from "../../packages/cluster/test/broker-suite/broker-under-test.ts";
import { type Acknowledged, ChildEngine } from "../../packages/cluster/test/sqlite/fixtures/child-engine.ts";
import { StoreFile } from "../../packages/cluster/test/sqlite/store-file.ts";

const rounds = 40;

/** How long a process may publish before it is killed; every fourth is killed that long after its start, opening. */
const longestLifeMs = 250;

type AcknowledgedItem = Acknowledged & { readonly type: "item" };

/** All that was acknowledged in all rounds, against what is in the file. */
class Ledger {
  readonly items: AcknowledgedItem[] = [];
  readonly revocations = new Map<number, string>();
  /** What was read of each channel so far; only what came later is read again. */
  readonly #seen = new Map<string, { readonly stream: string; readonly texts: string[] }>();

  /** Takes in what a process said before it was killed. */
  note(acknowledged: readonly Acknowledged[]): void {
    for (const each of acknowledged) {
      if (each.type === "item") this.items.push(each);
      else this.revocations.set(each.offset, each.text);
    }
  }

  /** Holds that the file has everything, in order, without a gap, in the streams it had. */
  async check({ broker, revocations }: Cluster): Promise<void> {
    for (const channel of new Set(this.items.map((item) => item.channel))) await this.#read(broker, channel);
    for (const { channel, text, stream, offset } of this.items) {
      const seen = this.#seen.get(channel);
      assert.equal(seen?.stream, stream, `${text} was acknowledged in another stream`);
      assert.equal(seen.texts[offset - 1], text, `${text} was acknowledged at ${channel} ${offset}`);
    }
    const { entries } = await revocations.read(0);
    const kept = new Map(entries.map((entry) => [entry.offset, textOf(entry)]));
    for (const [offset, text] of this.revocations) assert.equal(kept.get(offset), text, `revocation ${offset}`);
  }

  async #read(broker: Broker, channel: string): Promise<void> {
    const { stream } = await broker.position(channel);
    const seen = this.#seen.get(channel) ?? { stream, texts: [] };
    this.#seen.set(channel, seen);
    for (;;) {
      const page = await broker.history(channel, { since: { stream, offset: seen.texts.length }, limit: 1_000 });
      assert.equal(page.complete, true, `a gap behind ${channel} ${seen.texts.length}`);
      for (const item of page.items) {
        assert.equal(item.offset, seen.texts.length + 1);
        seen.texts.push(textOf(item));
      }
      if (page.items.length === 0) return;
    }
  }
}

function textOf({ bytes }: Pick<StreamItem, "bytes">): string {
  return new TextDecoder().decode(bytes).trimEnd();
}

test(`of ${rounds} processes killed at random instants, none loses what was acknowledged or forgets a key (R44)`, async (t) => {
  const seed = process.env["CRASH_SEED"] ?? String(Date.now());
  t.diagnostic(`CRASH_SEED ${seed}`);
  using store = new StoreFile();
  const ledger = new Ledger();
  let killedWhilePublishing = 0;
  for (let round = 0; round < rounds; round += 1) {
    const child = new ChildEngine(store.path, round);
    const instant = createHash("sha256").update(`${seed} ${round}`).digest().readUInt16BE() % longestLifeMs;
    if (round % 4 > 0) await child.opened;
    await delay(instant);
    await child.kill();
    ledger.note(child.acknowledged);
    if (child.acknowledged.length > 0) killedWhilePublishing += 1;

    const cluster = await store.open();
    await ledger.check(cluster);
    for (const { channel, text, stream, offset } of ledger.items.slice(-8)) {
      const retried = await cluster.broker.publish(publication(text, { channel, idempotencyKey: text }));
      assert.deepEqual(retried, { position: { stream, offset }, duplicate: true });
    }
    await cluster.close();
  }
  t.diagnostic(
    `${ledger.items.length} items and ${ledger.revocations.size} revocations acknowledged, 0 lost; ${killedWhilePublishing} of ${rounds} killed while publishing`,
  );
  assert(killedWhilePublishing >= rounds / 2, `only ${killedWhilePublishing} rounds got as far as publishing`);
});
