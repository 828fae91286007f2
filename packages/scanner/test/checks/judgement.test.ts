import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { leakIn } from "../../src/checks/headers/error-leak.ts";
import { hostileOrigins } from "../../src/checks/origin/hostile-origins.ts";
import { type Admission, letIn } from "../../src/checks/tokens/admission.ts";
import { forgeUnsigned, tamper } from "../../src/checks/tokens/forged-tokens.ts";
import { judgeEnd } from "../../src/checks/tokens/outlived-token.ts";
import { endOf } from "../../src/checks/tokens/token-parts.ts";
import { closePayload, opcodes } from "../../src/raw/frame.ts";
import type { Next } from "../../src/raw/websocket.ts";

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
  const said = (admitted: boolean | undefined): Admission => ({ admitted, opened: true, evidence: "" });
  const unopened: Admission = { admitted: false, opened: false, evidence: "" };
  test("is true only where a credential made the difference (R37, R42)", () => {
    assert.equal(letIn(said(false), said(true)), true);
    assert.equal(letIn(unopened, said(true)), true);
    assert.equal(letIn(unopened, said(undefined)), true, "a handshake that a stranger is refused");
    assert.equal(letIn(unopened, unopened), false);
    assert.equal(letIn(said(false), said(undefined)), false, "a server that is slow to say the same again");
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

describe("endOf()", () => {
  const claiming = (claims: string): string => `e30.${Buffer.from(claims).toString("base64url")}.AAAA`;

  test("is the claim exp in milliseconds (RFC 7519, section 4.1.4)", () => {
    assert.equal(endOf(claiming('{"exp":1700000000}')), 1_700_000_000_000);
    assert.equal(endOf(claiming('{"exp":0.5}')), 500);
  });

  for (const claims of ["{}", '{"exp":"1700000000"}', '{"exp":null}', '{"exp":1e999}', "null", "[", ""])
    test(`is not there in ${JSON.stringify(claims)}`, () => assert.equal(endOf(claiming(claims)), undefined));
  for (const token of ["", "opaque", "a.b", "a.b.c.d"])
    test(`is not there in ${JSON.stringify(token)}`, () => assert.equal(endOf(token), undefined));
});

describe("judgeEnd()", () => {
  const frame = { opcode: opcodes.close, fin: true, rsv: 0, masked: false, payload: Buffer.from(closePayload(4401)) };
  const close: Next = { kind: "frame", frame };
  const reset: Next = { kind: "end", how: "reset" };
  const large: Next = { kind: "too-big", bytes: 200_000n };
  const cases: readonly (readonly [what: string, next: Next, afterMs: number, status: string, evidence: RegExp])[] = [
    ["a close behind the end", close, 300, "pass", /^close 4401, 0\.3 s after the token had ended$/],
    ["a close that comes late", close, 40_000, "pass", /^close 4401, 40\.0 s after/],
    ["a cut behind the end", reset, 10, "pass", /^the connection was reset, 0\.0 s after/],
    ["a close by a clock that is ahead", close, -1_900, "pass", /^close 4401, 1\.9 s before the token ended$/],
    ["a close long before the end", close, -2_100, "skipped", /^close 4401, 2\.1 s before the token ended$/],
    ["silence", { kind: "silence" }, 5_000, "fail", /^still open 5\.0 s after the token had ended$/],
    ["a large message behind the end", large, 100, "fail", /^still open 0\.1 s after/],
    ["a large message before the end", large, -100, "skipped", /^a frame of 200000 bytes, .* before/],
  ];
  for (const [what, next, afterMs, status, evidence] of cases) {
    test(`says ${status} to ${what} (R39)`, () => {
      const verdict = judgeEnd({ next, afterMs });
      assert.equal(verdict.status, status);
      assert.match(verdict.evidence, evidence);
    });
  }
});
