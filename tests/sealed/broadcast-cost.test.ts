import assert from "node:assert/strict";
import { test } from "node:test";
import { measureBroadcast, median } from "../../bench/broadcast/measure.ts";

/** What is aimed at is 1.15, which `npm run bench:broadcast` shows on a quiet machine; more than this is another design. */
const mostTimes = 1.5;

test("a delivery of a sealed channel costs the gateway about what one of a transport channel does (RK-1)", {
  timeout: 120_000,
}, async (t) => {
  const rounds = await measureBroadcast({ members: 100, rounds: 5, deliveries: 20_000 });
  const ratios = rounds.map(({ transport, sealed }) => sealed / transport);
  t.diagnostic(`${ratios.map((ratio) => ratio.toFixed(2)).join(", ")} times (target 1.15, bound ${mostTimes})`);
  assert.ok(median(ratios) <= mostTimes, `${median(ratios)} times`);
});
