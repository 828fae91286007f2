import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { FrameSession } from "../fixtures/frame-session.ts";
import { guardedTarget } from "../fixtures/target.ts";
import { PredictableTable } from "../fixtures/weak/predictable-hash.ts";

const names = 2_048;
const attempts = 7;
/** What a collision of all of them would exceed by far: it makes of each name's work `names` times as much. */
const maxRatio = 6;

const ordinary = Array.from({ length: names }, () => randomBytes(11).toString("hex"));
const colliding: Readonly<Record<string, readonly string[]>> = {
  // Each half of a pair adds the same to a hash that multiplies by 31, as Java's does.
  "pairs of letters": Array.from({ length: names }, (_, i) =>
    Array.from({ length: 11 }, (_, bit) => ((i >> bit) & 1 ? "Aa" : "BB")).join(""),
  ),
  // V8 took the value of such a name for its hash, without the seed.
  "multiples of 8,192": Array.from({ length: names }, (_, i) => String(i * 8_192)),
  "multiples of 2^32": Array.from({ length: names }, (_, i) => String(BigInt(i) << 32n)),
};

const messageWith = (keys: readonly string[]) =>
  `{"type":"pong","x":{${keys.map((key) => `${JSON.stringify(key)}:0`).join(",")}}}`;

/** The shortest of some times. */
async function quickestMs(work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const startedAt = performance.now();
    await work();
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
}

describe("attack 18: names that fall into one bucket (HashDoS)", { timeout: 30_000 }, () => {
  test("attack 18: a message of colliding names takes no longer than one of ordinary names (CVE-2026-21717, R33)", async (t) => {
    await using target = await guardedTarget({ bytesPerSecond: 1e9, byteBurst: 1e9 }, "plain", { dryRun: true });
    await using session = await FrameSession.open(target.port);
    await session.exchange({ type: "connect", id: 1, token: "alice" });
    const answered = async (keys: readonly string[]) => {
      assert.deepEqual(await session.exchangeText(messageWith(keys)), { frames: [] });
    };
    const usual = await quickestMs(() => answered(ordinary));
    for (const [what, keys] of Object.entries(colliding)) {
      const ms = await quickestMs(() => answered(keys));
      t.diagnostic(`${what}: ${ms.toFixed(2)} ms, ordinary names ${usual.toFixed(2)} ms`);
      assert.ok(ms < maxRatio * usual, `${what}: ${ms} ms instead of ${usual} ms`);
    }
  });

  test("negative control: a table without a secret takes much longer", async (t) => {
    const fill = (keys: readonly string[]): void => {
      const table = new PredictableTable();
      for (const key of keys) table.add(key);
    };
    const usual = await quickestMs(() => fill(ordinary));
    const ms = await quickestMs(() => fill(colliding["pairs of letters"] ?? []));
    t.diagnostic(`${ms.toFixed(2)} ms, ordinary names ${usual.toFixed(2)} ms`);
    assert.ok(ms > maxRatio * usual, `${ms} ms instead of ${usual} ms`);
  });
});
