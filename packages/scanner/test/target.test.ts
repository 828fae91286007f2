import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isLoopback, ownOrigin, parseTarget } from "../src/target.ts";

describe("parseTarget()", () => {
  const good: readonly (readonly [string, object])[] = [
    [
      "wss://chat.example/ws",
      { host: "chat.example", port: 443, path: "/ws", secure: true, servername: "chat.example" },
    ],
    ["ws://chat.example", { host: "chat.example", port: 80, path: "/", secure: false, url: "ws://chat.example/" }],
    ["https://chat.example:8443/a?b=c", { port: 8443, path: "/a?b=c", authority: "chat.example:8443", secure: true }],
    ["wss://[::1]:9/x", { host: "::1", port: 9, authority: "[::1]:9" }],
    ["wss://127.0.0.1/", { host: "127.0.0.1", servername: undefined }],
    ["WSS://CHAT.example/Ws", { host: "chat.example", path: "/Ws" }],
  ];
  for (const [url, expected] of good) {
    test(`takes ${url}`, () => {
      const target: Record<string, unknown> = { ...parseTarget(url) };
      for (const [name, value] of Object.entries(expected)) assert.equal(target[name], value, name);
    });
  }

  const bad = [
    "",
    "chat.example",
    "ftp://a/",
    "wss://",
    "wss://a@b/",
    "wss://a:b@c/",
    "wss://a/#b",
    "wss://a:99999/",
    "/ws",
  ];
  for (const url of [...bad, `wss://a/${"b".repeat(5_000)}`]) {
    test(`refuses ${JSON.stringify(url.slice(0, 40))}`, () =>
      assert.throws(() => parseTarget(url), { name: "ScanError", code: "invalid-target" }));
  }
});

test("ownOrigin() leaves the usual port out, as browsers do (RFC 6454)", () => {
  assert.equal(ownOrigin(parseTarget("wss://chat.example:443/ws")), "https://chat.example");
  assert.equal(ownOrigin(parseTarget("ws://chat.example:8080/ws")), "http://chat.example:8080");
});

test("isLoopback() goes by the address, not by how the name begins (R57)", () => {
  for (const host of ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"])
    assert.equal(isLoopback(host), true, host);
  for (const host of ["127.evil.example", "localhost.evil.example", "10.0.0.1", "::2", "0.0.0.0"]) {
    assert.equal(isLoopback(host), false, host);
  }
});
