import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { originAllowed, parseAllowedOrigins } from "../../src/accept/origin.ts";

const allowed = parseAllowedOrigins([
  "https://app.example.com",
  "https://admin.example.com:8443",
  "http://localhost:5173",
  "https://[2001:db8::1]:8443",
  "https://xn--bcher-kva.example",
]);

describe("originAllowed (R14)", () => {
  const own = [
    "https://app.example.com",
    "https://admin.example.com:8443",
    "http://localhost:5173",
    "https://[2001:db8::1]:8443",
    "https://xn--bcher-kva.example",
  ];
  for (const origin of own) {
    it(`allows ${origin}`, () => assert.equal(originAllowed(allowed, origin), true));
  }

  const hostile = [
    "https://evil.com",
    "https://app.example.com.evil.com",
    "https://evilapp.example.com",
    "https://app-example.com",
    "https://appXexample.com",
    "https://app.example.co",
    "https://app.example.comm",
    "https://example.com",
    "https://sub.app.example.com",
    "https://evil.com#https://app.example.com",
    "https://evil.com?https://app.example.com",
    "https://evil.com/https://app.example.com",
    "https://evil.com\\@app.example.com",
    "http://app.example.com",
    "wss://app.example.com",
    "ftp://app.example.com",
    "file://app.example.com",
    "//app.example.com",
    "app.example.com",
    "https:app.example.com",
    "https:/app.example.com",
    "https:///app.example.com",
    "https://app.example.com:443",
    "https://app.example.com:444",
    "https://app.example.com:8443",
    "https://admin.example.com",
    "https://admin.example.com:08443",
    "https://app.example.com:",
    "https://app.example.com/",
    "https://app.example.com/chat",
    "https://app.example.com.",
    "HTTPS://app.example.com",
    "https://APP.example.com",
    "https://user@app.example.com",
    "https://app.example.com@evil.com",
    "https://app.example.com:443@evil.com",
    " https://app.example.com",
    "https://app.example.com ",
    "https://app.example.com\t",
    "https://app.example.com\u0000",
    "https://app.example.com\r\nOrigin: https://evil.com",
    "https://app.example.com, https://evil.com",
    "https://app.example.com https://evil.com",
    "https://bücher.example",
    "https://app%2eexample.com",
    "https://app\u3002example.com",
    "https://аpp.example.com",
    "https://127.evil.com",
    "https://127.0.0.1",
    "http://localhost",
    "http://localhost:5174",
    "http://127.0.0.1:5173",
    "http://[::1]:5173",
    "https://[2001:db8:0::1]:8443",
    "https://*",
    "https://*.example.com",
    "*",
    "null",
    "NULL",
    "undefined",
    "",
    "__proto__",
    "constructor",
    "about:blank",
    "data:text/html,x",
    "blob:https://app.example.com/1b4e28ba",
    "chrome-extension://app.example.com",
    `https://${"a".repeat(8_192)}.com`,
    `https://app.example.com${"/".repeat(8_192)}`,
    "https://app.example.com\ud800",
    "💥",
  ];
  for (const origin of hostile) {
    const shown = JSON.stringify(origin.length > 80 ? `${origin.slice(0, 80)}…` : origin);
    it(`refuses ${shown}`, () => assert.equal(originAllowed(allowed, origin), false));
  }

  it("refuses what is no string, and throws for nothing", () => {
    for (const value of [undefined, null, 0, true, {}, [], ["https://app.example.com"], Symbol("x")]) {
      assert.equal(originAllowed(allowed, value as string), false);
    }
  });

  it("allows no string but those on the list", () => {
    const near = fc
      .constantFrom(...own)
      .chain((origin) =>
        fc
          .tuple(fc.string({ maxLength: 3, unit: "binary" }), fc.nat(origin.length))
          .map(([text, at]) => origin.slice(0, at) + text + origin.slice(at)),
      );
    fc.assert(
      fc.property(fc.oneof(near, fc.string(), fc.webUrl()), (origin) => {
        assert.equal(originAllowed(allowed, origin), own.includes(origin));
      }),
      { numRuns: 2_000 },
    );
  });

  it("allows nobody on an empty list", () => {
    assert.equal(originAllowed(parseAllowedOrigins([]), "https://app.example.com"), false);
    assert.equal(originAllowed(parseAllowedOrigins([]), "null"), false);
  });
});

describe("parseAllowedOrigins (R14)", () => {
  it("leaves out the port that browsers leave out", () => {
    const list = parseAllowedOrigins(["https://a.example:443", "http://b.example:80", "https://c.example:80"]);
    assert.deepEqual([...list], ["https://a.example", "http://b.example", "https://c.example:80"]);
  });

  const refused = [
    "null",
    "*",
    "",
    "https://*",
    "https://*.example.com",
    "https://app.*.com",
    "https://app.example.com/",
    "https://app.example.com/chat",
    "https://app.example.com?x",
    "https://app.example.com#x",
    "https://user@app.example.com",
    "https://APP.example.com",
    "HTTPS://app.example.com",
    " https://app.example.com",
    "https://app.example.com ",
    "https://app.example.com:",
    "https://app.example.com:0443",
    "https://app.example.com:65536",
    "https://app.example.com:80:443",
    "http://app.example.com:080",
    "app.example.com",
    "//app.example.com",
    "wss://app.example.com",
    "file://app.example.com",
    "chrome-extension://abcdef",
    "constructor:x",
    "https://bücher.example",
    "https://app%2eexample.com",
    "https://127.1",
    "https://0x7f000001",
    "https://[2001:db8:0::1]",
    "https://",
    undefined,
    null,
    7,
    new URL("https://app.example.com"),
  ];
  for (const entry of refused) {
    it(`refuses the entry ${typeof entry === "string" ? JSON.stringify(entry) : String(entry)}`, () => {
      const list = ["https://app.example.com", entry as string];
      assert.throws(() => parseAllowedOrigins(list), { code: "invalid-options", message: /^allowedOrigins\[1\]: / });
    });
  }

  it("refuses what is no list", () => {
    for (const list of [undefined, null, "https://app.example.com", {}]) {
      assert.throws(() => parseAllowedOrigins(list as unknown as string[]), { code: "invalid-options" });
    }
  });

  it("says what the entry should have been", () => {
    assert.throws(() => parseAllowedOrigins(["https://APP.example.com/chat"]), {
      message: /"https:\/\/app\.example\.com"/,
    });
  });
});
