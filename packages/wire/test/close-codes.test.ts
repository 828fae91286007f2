import assert from "node:assert/strict";
import { test } from "node:test";
import { closeCodes, closeMeanings, reconnectAdvice } from "@wardwire/wire/close-codes";
import { closeByWireError, type WireErrorCode } from "@wardwire/wire/wire-error";

test("every close code has one row, and its advice (WP-CLOSE-1)", () => {
  const rows = Object.values(closeCodes);
  assert.equal(new Set(rows.map((row) => row.code)).size, rows.length);
  for (const row of rows) assert.equal(reconnectAdvice(row.code), row.reconnect);
});

test("a code outside the table means backing off (WP-CLOSE-2)", () => {
  for (const code of [0, 1005, 1006, 1015, 3000, 4999, Number.NaN]) assert.equal(reconnectAdvice(code), "backoff");
});

test("a close reason fits a close frame (WP-CLOSE-3, R36)", () => {
  for (const meaning of Object.values(closeMeanings)) assert.ok(new TextEncoder().encode(meaning).length <= 123);
});

test("each wire error closes with its own code (WP-FRAME-3)", () => {
  const expected: Record<WireErrorCode, number> = {
    "message-too-big": 1009,
    "unsupported-data": 1003,
    malformed: 1007,
    "bad-frame": 4400,
  };
  for (const [code, close] of Object.entries(expected) as [WireErrorCode, number][]) {
    assert.equal(closeCodes[closeByWireError[code]].code, close);
  }
});
