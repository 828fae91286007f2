import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as values from "../../src/check/option-values.ts";

type Parser = (text: string) => unknown;
const cases: readonly (readonly [string, Parser, readonly (readonly [string, unknown])[], readonly string[]])[] = [
  [
    "parseHeader",
    values.parseHeader,
    [
      ["X-Tenant: 7", ["X-Tenant", "7"]],
      ["Authorization: Basic a:b", ["Authorization", "Basic a:b"]],
    ],
    ["", "no colon", ": empty", "X Y: z", "X: ü", "X: a\r\nY: b"],
  ],
  [
    "parseAddress",
    values.parseAddress,
    [
      ["10.0.0.7:8443", { host: "10.0.0.7", port: 8443 }],
      ["[::1]:443", { host: "::1", port: 443 }],
      ["chat.example:1", { host: "chat.example", port: 1 }],
    ],
    ["10.0.0.7", "a:0", "a:65536", "::1:443", "[chat.example]:1", "a b:1", ":80"],
  ],
  [
    "parseProxy",
    values.parseProxy,
    [
      ["http://proxy.test:3128", { host: "proxy.test", port: 3128 }],
      ["http://[::1]", { host: "::1", port: 80 }],
    ],
    ["proxy.test:3128", "https://proxy.test", "http://user:secret@proxy.test", "http://proxy.test/path", "socks://a:1"],
  ],
  [
    "parsePageOrigin",
    values.parsePageOrigin,
    [
      ["https://chat.example/", "https://chat.example"],
      ["http://localhost:5173", "http://localhost:5173"],
    ],
    ["chat.example", "null", "https://chat.example/path", "file:///x", "https://a@b"],
  ],
  [
    "parseRate",
    values.parseRate,
    [
      ["40", 40],
      ["0.5", 0.5],
    ],
    ["0", "-1", "1e9", "1001", ""],
  ],
  [
    "parseCheckId",
    values.parseCheckId,
    [
      ["WW", "WW"],
      ["WW-TLS", "WW-TLS"],
      ["WW-TLS-03", "WW-TLS-03"],
    ],
    ["", "TLS", "ww-tls", "WW-TLS-3", "WW-TLS-03x"],
  ],
];

for (const [name, parse, good, bad] of cases) {
  describe(`${name}()`, () => {
    for (const [text, expected] of good) it(`takes ${text}`, () => assert.deepEqual(parse(text), expected));
    for (const text of bad) {
      it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parse(text), { name: "InvalidArgumentError" }));
    }
  });
}
