import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditError } from "../../src/audit/audit-error.ts";
import { parseAuditKeys } from "../../src/audit/key-file.ts";

const encoded = (length: number): string => Buffer.alloc(length, 1).toString("base64url");

test("reads the keys of a file in order, whatever its line ends, blank lines and remarks (AL-KEY-1)", async () => {
  const keys = await parseAuditKeys(`# made 2026-11\r\n\r\nk2 ${encoded(32)}\r\n  k1  ${encoded(128)}`);
  assert.deepEqual(
    keys.map(({ keyId }) => keyId),
    ["k2", "k1"],
  );
});

test("refuses everything else, and shows no key in its message", async () => {
  const bad = [
    "",
    "# nothing",
    "k1",
    `k1 ${encoded(31)}`,
    `k1 ${encoded(129)}`,
    `k1 ${encoded(32)}=`,
    `${encoded(32)}`,
  ];
  const more = [
    `k 1 ${encoded(32)}`,
    `k/1 ${encoded(32)}`,
    `k1 ${encoded(32)}\nk1 ${encoded(33)}`,
    `k1:${encoded(32)}`,
  ];
  for (const text of [...bad, ...more]) {
    await assert.rejects(parseAuditKeys(text), (error) => {
      assert.ok(error instanceof AuditError && error.code === "invalid-audit-options");
      return !error.message.includes(encoded(30));
    });
  }
});
