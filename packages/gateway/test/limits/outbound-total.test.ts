import assert from "node:assert/strict";
import { test } from "node:test";
import { type Holder, OutboundTotal } from "../../src/limits/outbound-total.ts";

class TestHolder implements Holder {
  heldBytes = 0;
  ended = false;

  tooMuch(): void {
    this.ended = true;
  }
}

function holders(total: OutboundTotal, ...bytes: readonly number[]): TestHolder[] {
  return bytes.map((heldBytes) => {
    const holder = Object.assign(new TestHolder(), { heldBytes });
    total.update(holder);
    return holder;
  });
}

test("above the bound the holder of the most goes, and nobody else (R31)", () => {
  const total = new OutboundTotal(1_000);
  const all = holders(total, 100, 600, 200, 150);
  assert.deepEqual(
    all.map(({ ended }) => ended),
    [false, true, false, false],
  );
  assert.equal(total.bytes, 450);
});

test("as many go as it takes", () => {
  const total = new OutboundTotal(1_000);
  const all = holders(total, 400, 450, 100);
  const [, , last] = all;
  if (last !== undefined) last.heldBytes = 990;
  if (last !== undefined) total.update(last);
  assert.deepEqual(
    all.map(({ ended }) => ended),
    [false, false, true],
  );
  holders(total, 900);
  assert.ok(total.bytes <= 1_000);
});

test("what has been written meanwhile is found out before anybody goes", () => {
  const total = new OutboundTotal(1_000);
  const [slow] = holders(total, 900);
  if (slow !== undefined) slow.heldBytes = 0;
  const [other] = holders(total, 200);
  assert.deepEqual([slow?.ended, other?.ended, total.bytes], [false, false, 200]);
});

test("a holder that is forgotten counts no longer", () => {
  const total = new OutboundTotal(1_000);
  const [gone] = holders(total, 900);
  if (gone !== undefined) total.forget(gone);
  assert.equal(total.bytes, 0);
});
