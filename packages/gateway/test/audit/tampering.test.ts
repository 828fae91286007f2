import assert from "node:assert/strict";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { headPath, readHead } from "../../src/audit/file/head-file.ts";
import { encodeLine, maxLineBytes } from "../../src/audit/line.ts";
import { verifyAuditFiles } from "../../src/audit/verify/verify.ts";
import { logFolder, testKeys, verifyLog, writeLog } from "./written-log.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

/** A way to tamper with the lines of a log; undefined where the draw changes nothing. */
type Tampering = (lines: readonly string[], a: number, b: number, c: number) => string | undefined;

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

const tamperings: Readonly<Record<string, Tampering>> = {
  edit: (lines, a, b) => {
    const text = joined(lines);
    const at = a % text.length;
    const changed = String.fromCharCode(32 + (b % 95));
    return text[at] === changed ? undefined : text.slice(0, at) + changed + text.slice(at + 1);
  },
  deletion: (lines, a) => joined(lines.filter((_, index) => index !== a % lines.length)),
  "deletion of a character": (lines, a) => {
    const text = joined(lines);
    const at = a % text.length;
    return text.slice(0, at) + text.slice(at + 1);
  },
  insertion: (lines, a, b) => joined(lines.toSpliced(a % (lines.length + 1), 0, lines[b % lines.length] ?? "")),
  "insertion of a foreign line": (lines, a) => joined(lines.toSpliced(a % (lines.length + 1), 0, '{"event":"x"}')),
  "insertion of a blank line": (lines, a) => joined(lines.toSpliced(a % (lines.length + 1), 0, "")),
  swap: (lines, a, b) => {
    const [i, j] = [a % lines.length, b % lines.length];
    const [x = "", y = ""] = [lines[i], lines[j]];
    return i === j ? undefined : joined(lines.with(i, y).with(j, x));
  },
  truncation: (lines, a) => {
    const text = joined(lines);
    return text.slice(0, a % text.length);
  },
  "a forged line with a hash of its own": (lines, a, b) => joined(forge(lines, a % lines.length, b)),
  "a chain rewritten from some line to the end": (lines, a, b) =>
    joined(rechain(forge(lines, a % lines.length, b), a % lines.length)),
};

function parts(line: string): Parameters<typeof encodeLine>[0] {
  const { hash, ...record } = JSON.parse(line);
  assert.equal(typeof hash, "string");
  return record;
}

/** Another content, and the hash that belongs to it. */
function forge(lines: readonly string[], at: number, salt: number): string[] {
  const record = parts(lines[at] ?? "");
  const fields = { ...record.fields, user: `mallory-${salt}` };
  return lines.with(at, encodeLine({ ...record, fields }).text.trimEnd());
}

/** Every line behind `at` names the hash of the one before it, as somebody without the key would do. */
function rechain(lines: readonly string[], at: number): string[] {
  const chain = [...lines];
  for (let index = at + 1; index < chain.length; index += 1) {
    const { hash: prev } = JSON.parse(chain[index - 1] ?? "");
    chain[index] = encodeLine({ ...parts(chain[index] ?? ""), prev }).text.trimEnd();
  }
  return chain;
}

for (const [what, tamper] of Object.entries(tamperings)) {
  test(`finds ${what}, in a log that is sound without it (AL-CHECK-1, S6)`, async (t) => {
    t.diagnostic(`seed ${seed}`);
    using folder = logFolder();
    await writeLog(folder.path, [12, 0, 7], { checkpointLines: 5 });
    const lines = folder.lines();
    assert.deepEqual((await verifyLog(folder.path)).findings, []);
    const draw = fc.nat({ max: 2 ** 30 });
    await fc.assert(
      fc.asyncProperty(draw, draw, draw, async (a, b, c) => {
        const tampered = tamper(lines, a, b, c);
        fc.pre(tampered !== undefined);
        writeFileSync(folder.path, tampered ?? "");
        const { sound } = await verifyLog(folder.path);
        assert.equal(sound, false);
      }),
      { seed, numRuns: 50 },
    );
  });
}

async function findings(change: (lines: string[]) => readonly string[]): Promise<string[]> {
  using folder = logFolder();
  await writeLog(folder.path, [12], { checkpointLines: 5 });
  folder.rewrite(change(folder.lines()));
  const { findings: found } = await verifyLog(folder.path);
  return found.map(({ line, what }) => `${line} ${what}`);
}

test("says what was done, and where (AL-CHECK-2)", async () => {
  assert.deepEqual(await findings((lines) => lines), []);
  assert.deepEqual(await findings((lines) => lines.with(4, (lines[4] ?? "").replace("user-", "root-"))), ["5 edited"]);
  assert.deepEqual(await findings((lines) => lines.toSpliced(4, 2)), ["5 missing"]);
  const again = (lines: string[]): readonly string[] => lines.toSpliced(10, 0, lines[4] ?? "");
  assert.deepEqual(await findings(again), ["11 inserted"]);
  assert.deepEqual(await findings((lines) => lines.with(4, lines[5] ?? "").with(5, lines[4] ?? "")), ["6 reordered"]);
  assert.deepEqual(await findings((lines) => lines.slice(0, -1)), ["15 truncated"]);
  assert.deepEqual(await findings((lines) => lines.toSpliced(5, 0, "junk")), ["6 inserted"]);
});

test("a log rewritten as a whole passes without keys, and not with them: that is what signatures are for (AL-SIGN-1)", async () => {
  using folder = logFolder();
  await writeLog(folder.path, [3]);
  folder.rewrite(rechain(forge(folder.lines(), 2, 1), 2));
  assert.equal((await verifyAuditFiles([folder.path])).sound, true);
  const { findings: found } = await verifyAuditFiles([folder.path], { keys: await testKeys() });
  assert.deepEqual(
    found.map(({ what }) => what),
    ["bad-signature", "unsigned-tail"],
  );
});

test("a log cut off behind a checkpoint passes without its head, and not with it (AL-HEAD-2)", async () => {
  using folder = logFolder();
  await writeLog(folder.path, [12], { checkpointLines: 5 });
  const lines = folder.lines();
  const checkpoint = lines.findIndex((line, index) => index > 2 && line.includes("audit_checkpoint"));
  folder.rewrite(lines.slice(0, checkpoint + 1));
  assert.equal((await verifyAuditFiles([folder.path], { keys: await testKeys() })).sound, true);
  assert.deepEqual(
    (await verifyLog(folder.path)).findings.map(({ what }) => what),
    ["truncated"],
  );
});

test("a head that nobody with a key signed, and a key nobody signed with, are found", async () => {
  using folder = logFolder();
  await writeLog(folder.path, [1]);
  const head = await readHead(headPath(folder.path));
  assert.ok(head !== undefined);
  const keys = await testKeys();
  const forged = await verifyAuditFiles([folder.path], { keys, head: { ...head, seq: head.seq + 9 } });
  assert.deepEqual(
    forged.findings.map(({ what }) => what),
    ["bad-signature"],
  );
  const wrong = await verifyAuditFiles([folder.path], { keys: await testKeys("k1", 8) });
  assert.ok(wrong.findings.some(({ what }) => what === "bad-signature"));
  const unknown = await verifyAuditFiles([folder.path], { keys: await testKeys("k2") });
  assert.ok(unknown.findings.some(({ what }) => what === "bad-signature"));
});

test("a checkpoint of another log does not vouch for this one (AL-SIGN-2)", async () => {
  using folder = logFolder();
  await writeLog(folder.path, [3]);
  await writeLog(folder.at("other.jsonl"), [3]);
  const other = readFileSync(folder.at("other.jsonl"), "utf8").split("\n");
  folder.rewrite(folder.lines().with(1, other[1] ?? ""));
  assert.equal((await verifyLog(folder.path)).sound, false);
});

test("a file of rubbish, an endless line and an empty file are findings, in bounded memory", async () => {
  using folder = logFolder();
  writeFileSync(folder.path, `${"x\n".repeat(50_000)}${"y".repeat(maxLineBytes * 40)}`);
  const rubbish = await verifyAuditFiles([folder.path]);
  assert.equal(rubbish.findings.length, 1_000);
  assert.ok(rubbish.findingCount > 49_900);
  truncateSync(folder.path, 0);
  assert.deepEqual(
    (await verifyAuditFiles([folder.path])).findings.map(({ what }) => what),
    ["truncated"],
  );
});
