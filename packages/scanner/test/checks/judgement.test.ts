import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { leakIn } from "../../src/checks/headers/error-leak.ts";
import { hostileOrigins } from "../../src/checks/origin/hostile-origins.ts";
import { type Admission, letIn } from "../../src/checks/tokens/admission.ts";
import { forgeUnsigned, tamper } from "../../src/checks/tokens/forged-tokens.ts";

describe("hostileOrigins()", () => {
  for (const allowed of [
    "https://chat.example",
    "https://chat.example:8443",
    "http://127.0.0.1:8080",
    "https://[::1]:9",
  ]) {
    test(`has at least twelve for ${allowed}, null among them, and never itself (R14)`, () => {
      const origins = hostileOrigins(allowed).map(({ origin }) => origin);
      assert.ok(origins.length >= 12);
      assert.ok(origins.includes("null"));
      assert.ok(!origins.includes(allowed));
    });
  }
});

describe("leakIn()", () => {
  const leaks: readonly (readonly [string, RegExp])[] = [
    ["TypeError: x\n    at handler (/srv/app/index.js:10:5)", /JavaScript/],
    ["Error\n    at file:///app/server.mjs:3:9", /JavaScript/],
    ["Error: x at Object.<anonymous> (node:internal/modules/cjs/loader:1:2)", /JavaScript/],
    ['Traceback (most recent call last):\n  File "a.py", line 3', /Python/],
    ["at com.example.Chat.open(Chat.java:42)", /Java/],
    ["goroutine 7 [running]:", /Go/],
    ["cannot open /var/www/chat/config.php", /path/],
    ["SQLSTATE[42000]: syntax", /database/],
  ];
  for (const [text, what] of leaks)
    test(`sees ${what} in ${JSON.stringify(text)}`, () => assert.match(leakIn(text) ?? "", what));

  const harmless = [
    "not found",
    "Bad Request: expected a query at 10:30",
    "see https://chat.example/docs/errors.html",
    "at 12:30:15",
    "",
    "<h1>404</h1>",
  ];
  for (const text of harmless)
    test(`sees nothing in ${JSON.stringify(text)}`, () => assert.equal(leakIn(text), undefined));
});

describe("letIn()", () => {
  const said = (admitted: boolean | undefined): Admission => ({ admitted, evidence: "" });
  test("is true only where a credential made the difference (R37, R42)", () => {
    assert.equal(letIn(said(false), said(true)), true);
    assert.equal(letIn(said(false), said(undefined)), true, "a handshake that a stranger is refused");
    assert.equal(letIn(said(undefined), said(true)), true);
    assert.equal(letIn(said(false), said(false)), false);
    assert.equal(letIn(said(undefined), said(undefined)), false);
    assert.equal(letIn(said(true), said(true)), false);
  });
});

describe("forged tokens", () => {
  const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? "", "base64url").toString());
  const claims = Buffer.from('{"sub":"alice"}').toString("base64url");

  test("keep the claims of the caller's token and have no signature (R37)", () => {
    const [header, body, signature] = forgeUnsigned("nOnE", `e30.${claims}.AAAA`, 0).split(".");
    assert.deepEqual(decode(header), { alg: "nOnE", typ: "JWT" });
    assert.deepEqual(decode(body), { sub: "alice" });
    assert.equal(signature, "");
    const madeUp = decode(forgeUnsigned("none", undefined, 1_000_000).split(".")[1]);
    assert.deepEqual(madeUp, { sub: "wardwire-check", iat: 1_000, exp: 1_300 });
  });

  test("with another signature of the same length differ in nothing else; what is no JWT gives none", () => {
    const tampered = tamper(`e30.${claims}.AQIDBA`);
    assert.match(tampered ?? "", new RegExp(`^e30\\.${claims}\\.[\\w-]{6}$`));
    assert.notEqual(tampered, `e30.${claims}.AQIDBA`);
    for (const token of ["opaque", "a.b", "a.b.", "a.b.c.d"]) assert.equal(tamper(token), undefined);
  });
});
