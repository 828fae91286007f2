import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { canonicalJson } from "@wardwire/contract/canonical-json";
import { headPath, readHead } from "../../src/audit/file/head-file.ts";
import { parseAuditKeys } from "../../src/audit/key-file.ts";
import { verifyAuditFiles } from "../../src/audit/verify/verify.ts";
import { logFolder } from "./written-log.ts";

const spec = readFileSync(new URL("../../../../spec/audit-log.md", import.meta.url), "utf8");
const [keyFile = "", log = "", head = ""] = [...spec.matchAll(/```(?:json|text)\n([^`]*)```/g)].map(
  ([, block]) => block ?? "",
);
const secret = Buffer.from(keyFile.trim().split(" ")[1] ?? "", "base64url");

/** The rules in the spec's own words, with nothing of the implementation but canonical JSON. */
function mac(context: string, value: unknown): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(context.length);
  return createHmac("sha256", secret).update(length).update(context).update(canonicalJson(value)).digest("hex");
}

test("the spec's example is sound, and is no longer when a letter changes", async () => {
  using folder = logFolder();
  writeFileSync(folder.path, log);
  writeFileSync(headPath(folder.path), head);
  const stated = await readHead(headPath(folder.path));
  assert.ok(stated !== undefined);
  const options = { keys: await parseAuditKeys(keyFile), head: stated };
  const report = await verifyAuditFiles([folder.path], options);
  assert.deepEqual([report.sound, report.lines, report.checkpoints, report.findings], [true, 5, 2, []]);
  writeFileSync(folder.path, log.replace("alice", "alyce"));
  assert.equal((await verifyAuditFiles([folder.path], options)).sound, false);
});

test("the example follows the rules as they are written (AL-LINE-1 to AL-LINE-4, AL-SIGN-1, AL-HEAD-1)", () => {
  let prev = "0".repeat(64);
  let seq = 0;
  for (const line of log.trimEnd().split("\n")) {
    const { hash, ...record } = JSON.parse(line);
    assert.equal(line, `${canonicalJson(record).slice(0, -1)},"hash":"${hash}"}`);
    assert.equal(
      hash,
      createHash("sha256")
        .update(line.split(',"hash":"')[0] ?? "")
        .digest("hex"),
    );
    assert.deepEqual([record.prev, record.seq], [prev, seq + 1]);
    if (record.event === "audit_checkpoint") {
      const { mac: stated, ...fields } = record.fields;
      assert.equal(stated, mac("wardwire audit checkpoint v1", { ...record, fields }));
      assert.equal(fields.count, seq);
    }
    prev = hash;
    seq = record.seq;
  }
  const { keyId, mac: stated, ...signed } = JSON.parse(head);
  assert.deepEqual([keyId, stated], ["example-1", mac("wardwire audit head v1", signed)]);
  assert.deepEqual([signed.hash, signed.seq], [prev, seq]);
});

test("the spec names every finding, and no other (AL-CHECK-2)", () => {
  const source = readFileSync(new URL("../../src/audit/verify/finding.ts", import.meta.url), "utf8");
  const kinds = [...(source.split("/** One thing")[0] ?? "").matchAll(/"([a-z-]+)"/g)].map(([, kind]) => kind);
  const named = [...(spec.split("AL-CHECK-2")[1] ?? "").matchAll(/^ {2}\| `([a-z-]+)`/gm)].map(([, kind]) => kind);
  assert.deepEqual(named, kinds);
});
