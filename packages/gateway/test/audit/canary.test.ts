import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import { auditEvents, openAuditLog } from "../../src/audit/audit-log.ts";
import { cleanFields, cleanText, maxFields, maxTextLength } from "../../src/audit/clean-fields.ts";
import type { SecurityEvent } from "../../src/audit/security-event.ts";
import { logFolder, testKeys, verifyLog } from "./written-log.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

/** Made up here, so that no scanner takes them for real ones. */
const part = (text: string): string => Buffer.from(text).toString("base64url");
const jwt = [
  part('{"alg":"HS256","typ":"JWT"}'),
  part('{"sub":"canary","exp":1795226400}'),
  part("signature-of-the-canary"),
].join(".");
const opaque = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 73 + 11) % 256)).toString("base64url");
const canaries: Readonly<Record<string, string>> = {
  "a JSON Web Token": jwt,
  "a JSON Web Token without its end": jwt.slice(0, 60),
  "an opaque token": opaque,
  "an Authorization header": `Bearer ${opaque.slice(0, 20)}`,
  "a parameter of a URL": `https://evil.example/?access_token=${opaque.slice(0, 16)}`,
  "a PEM block": `-----BEGIN ${"PRIVATE"} KEY-----\n${opaque}\n-----END`,
  "a key in hexadecimal": Buffer.from(opaque).toString("hex"),
};
/** What must not be found of each: its longest run of letters and digits. */
const core = (canary: string): string => canary.match(/[\w-]{12,}/g)?.sort((a, b) => b.length - a.length)[0] ?? canary;

for (const [what, canary] of Object.entries(canaries)) {
  test(`no output of the log has ${what} that an event carried (R53)`, async () => {
    using folder = logFolder();
    const log = await openAuditLog({ path: folder.path, keys: await testKeys(), source: canary });
    const observe = auditEvents(log);
    const address = "192.0.2.7";
    observe({
      event: "upgrade-refused",
      status: 403,
      cause: "origin",
      reason: `not allowed: ${canary}`,
      address,
      origin: canary,
    });
    observe({ event: "authentication-failed", code: "token-invalid", detail: `no key for ${canary}.`, address });
    observe({ event: "denied", connection: "c_1", user: "alice", operation: "join", target: "room", reason: canary });
    observe({ event: "failure", where: "authenticate", error: new Error(canary, { cause: canary }) });
    log.record({
      event: "authz_fail",
      level: "warn",
      fields: { token: canary, password: canary, note: `<${canary}>` },
    });
    log.record({
      event: "authz_fail",
      level: "warn",
      fields: { nested: { canary } as unknown as string, [canary]: canary },
    });
    await log.close();
    const output = readFileSync(folder.path, "utf8");
    assert.ok(output.includes("192.0.2.7") && output.includes("alice"), "the rest of the events is there");
    assert.equal(output.includes(core(canary)), false);
    assert.equal((await verifyLog(folder.path)).sound, true);
  });
}

test("a log without the cleaning would show them all: the search itself works", () => {
  for (const canary of Object.values(canaries)) {
    const uncleaned = JSON.stringify({ reason: canary });
    assert.ok(uncleaned.includes(core(canary)));
  }
});

test("ordinary values are kept whole: ids, addresses, origins, reasons", () => {
  const fields = {
    user: "auth0|5f7c8ec7c33c6c004bbafe82",
    device: "0123456789abcdef0123456789abcdef0123456789abcdef",
    connection: "c_7Q2ZxkW9aBcDeFgHiJkL",
    address: "2001:db8:85a3::8a2e:370:7334",
    origin: "https://a-rather-long-name-of-a-customer.chat.example:8443",
    reason: "not a member of Grüße 漢字 👩‍🚀".replace("\u200d", ""),
    id: "72b28ec5-8cf7-4611-80e1-48e11de4923e",
    code: 4403,
    renewed: true,
  };
  assert.deepEqual(cleanFields(fields), fields);
});

test("a field whose name says that it is secret keeps only its name, however short the value", () => {
  const fields = { password: "hunter2", apiKey: "abc", sessionToken: "t", payload: "hi", note: "hunter" };
  const redacted = "[redacted]";
  const expected = { password: redacted, apiKey: redacted, sessionToken: redacted, payload: redacted, note: "hunter" };
  assert.deepEqual(cleanFields(fields), expected);
});

describe("odd values", () => {
  test("that could change a line, a terminal or the reading order are written out (R53)", () => {
    assert.equal(
      cleanText('a\r\nb\u001b[2J\u2028\u2029\u202e\u009b\u0000"'),
      'a\\u{d}\\u{a}b\\u{1b}[2J\\u{2028}\\u{2029}\\u{202e}\\u{9b}\\u{0}"',
    );
    assert.equal(cleanText("\ud800x"), "\\u{d800}x");
    assert.notEqual(cleanText("\u001b"), cleanText("\\u{1b}"));
  });

  test("that are long are cut, without leaving half of anything", () => {
    assert.equal(cleanText("é ".repeat(256)), "é ".repeat(256));
    const cut = cleanText("\u001b ".repeat(5_000));
    assert.ok(cut.length <= maxTextLength + 1 && cut.endsWith("…"));
    assert.match(cut, /^(?:\\u\{1b\}| )*…$/);
    assert.ok(cleanText(`${"é ".repeat(255)}x👩👩`).isWellFormed());
  });

  test("of other types are only named; getters do not run; fields beyond the bound are left out", () => {
    const hostile = Object.defineProperty({ nul: null, list: [1], big: 1n, nan: Number.NaN, fn: () => 1 }, "trap", {
      enumerable: true,
      get: () => assert.fail("ran"),
    });
    assert.deepEqual(cleanFields(hostile), {
      nul: "(null)",
      list: "(object)",
      big: "(bigint)",
      nan: "(number)",
      fn: "(function)",
    });
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, index]));
    assert.equal(Object.keys(cleanFields(many)).length, maxFields);
    assert.deepEqual(cleanFields(JSON.parse('{"__proto__":"x","a b":"x","":"x","ok":"x"}')), { ok: "x" });
  });

  test("of every kind leave a log that is sound, one line an event, of printable characters", async (t) => {
    t.diagnostic(`seed ${seed}`);
    using folder = logFolder();
    const log = await openAuditLog({ path: folder.path, keys: await testKeys(), source: "test" });
    const anything = fc.oneof(
      fc.string({ unit: "binary", maxLength: 700 }),
      fc.string({ unit: "grapheme" }),
      fc.anything(),
    );
    let count = 0;
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), anything), (fields) => {
        log.record({ event: "authz_fail", level: "warn", fields: fields as SecurityEvent["fields"] });
        count += 1;
      }),
      { seed, numRuns: 300 },
    );
    await log.close();
    const { sound, lines, findings } = await verifyLog(folder.path);
    assert.deepEqual({ sound, lines, findings }, { sound: true, lines: count + 3, findings: [] });
    assert.doesNotMatch(readFileSync(folder.path, "utf8"), /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\n]]/v);
  });
});
