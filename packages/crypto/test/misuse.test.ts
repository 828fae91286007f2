import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { backends } from "./primitives/backends.ts";

const source = join(import.meta.dirname, "..", "src");
const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map(({ parentPath, name }) => join(parentPath, name));

/** What tutorials do and this package does not, each with a line that the pattern must find. */
const misuses: readonly [what: string, pattern: RegExp, example: string][] = [
  ["a cipher without an IV", /\bcreate(?:C|Dec)ipher\(/, "createCipher('aes192', password)"],
  ["a mode without authentication", /aes-?\d*-(?:cbc|ctr|ecb|cfb|ofb)|AES-C(?:BC|TR)/i, '"aes-256-cbc"'],
  ["a generator that is none", /Math\.random|pseudoRandomBytes/, "Math.random()"],
  ["a hash that is broken", /\b(?:md5|sha1|SHA-1)\b/i, 'createHash("md5")'],
  ["RSA", /\bRSA-|rsa-oaep|pkcs1/i, '"RSA-OAEP"'],
  ["a clock as a sequence or a nonce", /\bDate\.now\(/, "const seq = Date.now()"],
  ["a signature over JSON", /(?:sign|seal|mac|verify|utf8)\w*\(\s*JSON\.stringify\(/i, "sign(JSON.stringify(value))"],
  ["what a page keeps in the clear", /\b(?:localStorage|sessionStorage)\b/, "localStorage.setItem"],
  [
    "an exportable AEAD or HMAC key",
    /"raw", [a-z]+, [^\n]*, true, \["(?:encrypt|sign)/,
    'importKey("raw", k, x, true, ["encrypt"])',
  ],
  ["a KEM that takes coins (HS-4.1)", /\bencapsulate\([^)]*,\s*(?:seed|coins|eseed)/, "kem.encapsulate(key, seed)"],
];

describe("this package has no", () => {
  for (const [what, pattern, example] of misuses) {
    test(what, () => {
      assert.match(example, pattern);
      const found = files.filter((file) => pattern.test(readFileSync(file, "utf8")));
      assert.deepEqual(found, []);
    });
  }

  test("encapsulation with coins of the caller, on any backend (HS-4.1)", () => {
    assert.ok(files.length > 30, "too few sources: the patterns show nothing");
    for (const { kem } of backends) assert.equal(kem.encapsulate.length, 1);
  });
});
