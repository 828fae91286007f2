import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { costOfDelivery } from "./fan-out-cost.ts";

/** The least of several: what else the machine does only adds. */
async function least(measure: () => Promise<number>): Promise<number> {
  const costs: number[] = [];
  for (let time = 0; time < 5; time += 1) costs.push(await measure());
  return Math.min(...costs);
}

test("a delivery to one of 1,000 members costs hardly more for being sealed, and a record to 10 is dearer", async (t) => {
  const turns = 60;
  const open = await least(() => costOfDelivery(false, 1_000, 1, turns));
  const sealed = await least(() => costOfDelivery(true, 1_000, 1, turns));
  const sealedToFew = await least(() => costOfDelivery(true, 10, 1, turns));
  t.diagnostic(
    `µs a delivery on paper: ${open.toFixed(2)} open, ${sealed.toFixed(2)} sealed, ${sealedToFew.toFixed(2)} sealed for 10`,
  );
  // On paper, where a socket costs nothing and sealing is all there is beside the queue; a real socket costs ten times that.
  assert.ok(sealed < 4 * open + 0.2, "a member costs a look into its ledger");
  assert.ok(sealedToFew > 4 * sealed, "control: the measure sees what sealing costs");
});

test("that a real delivery to 100 members is above its target stands among the known limits", () => {
  const limits = readFileSync(new URL("../../../../docs/known-limits.md", import.meta.url), "utf8");
  assert.match(
    limits,
    /A delivery of a sealed channel to 100 members costs 1\.2 times one of a transport channel, not 1\.15/,
  );
});
