import assert from "node:assert/strict";
import { test } from "node:test";
import { nodePrimitives } from "../../src/primitives/node.ts";
import { makeDirection, secretOf } from "./direction.ts";

test("a record costs a gateway little more than its AES-256-GCM: the rest is bookkeeping", (t) => {
  const { sealer } = makeDirection({ side: "gateway" });
  const key = nodePrimitives.importAead("aes-256-gcm", secretOf(1));
  const [nonce, header, plaintext] = [new Uint8Array(12), new Uint8Array(14), new Uint8Array(192)];
  const content = plaintext.subarray(0, 128);
  const time = (operation: () => unknown): number => {
    const startedAt = performance.now();
    for (let count = 0; count < 500; count += 1) operation();
    return performance.now() - startedAt;
  };
  // In turns, and the fastest of each: what a busy machine takes away, it takes from both.
  let [bareMs, recordMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn < 30; turn += 1) {
    bareMs = Math.min(
      bareMs,
      time(() => key.seal(nonce, header, plaintext)),
    );
    recordMs = Math.min(
      recordMs,
      time(() => sealer.seal("data", content)),
    );
  }
  const ratio = recordMs / bareMs;
  t.diagnostic(`a record of 128 bytes: ${(recordMs * 2).toFixed(1)} µs, ${ratio.toFixed(2)} times its AES-256-GCM`);
  assert.ok(ratio < 4, `${ratio} times`);
});
