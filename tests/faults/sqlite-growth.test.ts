import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import type { Cluster } from "@wardwire/cluster/cluster";
import { SetClock, StoreFile } from "../../packages/cluster/test/sqlite/store-file.ts";

const history = { messages: 100, bytes: 1_000_000, ttlMs: 60_000 };

/** Publishes `count` messages of 1,000 bytes over ten channels, each with a key, `perSecond` a second on the clock. */
async function publishMany({ broker }: Cluster, clock: SetClock, count: number, perSecond: number): Promise<void> {
  for (let done = 0; done < count; done += 100) {
    const batch = Array.from({ length: 100 }, (_, index) =>
      broker.publish({
        channel: `channel ${index % 10}`,
        bytes: new Uint8Array(1_000),
        history,
        idempotencyKey: `k${clock.monotonicMs} ${index}`,
      }),
    );
    await Promise.all(batch);
    clock.advance(100_000 / perSecond);
  }
}

test("after 50 times what the channels may keep, the file is no larger than after 10 times", async (t) => {
  using store = new StoreFile();
  const clock = new SetClock();
  const cluster = await store.open({ clock });
  // Ten channels of a hundred messages; keys of five minutes are as many as ten times that at this rate.
  await publishMany(cluster, clock, 10_000, 33);
  const early = sizeOf(store);
  await publishMany(cluster, clock, 40_000, 33);
  const late = sizeOf(store);
  t.diagnostic(
    `${early.database} bytes after 10 times, ${late.database} after 50 times; journal ${late.journal} bytes`,
  );
  assert(late.database <= early.database * 1.2, `${early.database} bytes grew to ${late.database}`);
  assert(late.journal <= 20_000_000, `the journal takes ${late.journal} bytes`);
  await cluster.close();
});

test("what channels, keys, revocations and budgets took is used again once their time is over", async (t) => {
  using store = new StoreFile();
  const clock = new SetClock();
  const cluster = await store.open({ clock });
  const sizes: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const all = Array.from({ length: 2_000 }, (_, index) => fleeting(cluster, `${round} ${index}`));
    await Promise.all(all);
    clock.advance(600_000);
    // Each sweep goes a few channels further.
    for (let count = 0; count < 1_000; count += 1) await cluster.broker.position("other");
    sizes.push(sizeOf(store).database + sizeOf(store).journal);
  }
  await cluster.close();
  t.diagnostic(`bytes after each round: ${sizes.join(", ")}`);
  const [first = 0] = sizes;
  assert(Math.max(...sizes) <= first * 2 + 1_000_000, "what had ended was not used again");
  assert(sizeOf(store).database <= 1_500_000 + first);
});

/** A channel, a key, a revocation and a budget of one name each, all over within five minutes. */
async function fleeting({ broker, revocations, budgets }: Cluster, name: string): Promise<void> {
  const bytes = new Uint8Array(100);
  await Promise.all([
    broker.publish({ channel: name, bytes, history, idempotencyKey: name }),
    revocations.append(bytes, 60_000),
    budgets.take(name, 1, { perSecond: 1, burst: 10 }),
  ]);
}

function sizeOf(store: StoreFile): { readonly database: number; readonly journal: number } {
  return {
    database: statSync(store.path).size,
    journal: statSync(`${store.path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
  };
}
