import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  parseCount,
  parseDuration,
  parseHost,
  parseId,
  parseInstant,
  parseJoin,
  parseJson,
  parseOrigin,
  parsePort,
  parseTtl,
} from "../src/option-values.ts";

const refused = { code: "commander.invalidArgument" };

function accepts<Value>(parse: (text: string) => Value, cases: Readonly<Record<string, Value>>): void {
  for (const [text, value] of Object.entries(cases)) assert.deepEqual(parse(text), value, text);
}

function refuses(parse: (text: string) => unknown, texts: readonly string[]): void {
  for (const text of texts) assert.throws(() => parse(text), refused, JSON.stringify(text));
}

describe("option values", () => {
  it("takes ports from 0 to 65535 and nothing else", () => {
    accepts(parsePort, { "0": 0, "443": 443, "65535": 65_535 });
    refuses(parsePort, ["", "65536", "-1", "1.5", "0x10", "8443 ", "1e3", "abc", "99999999999"]);
  });

  it("takes whole seconds up to 30 days as a token's life", () => {
    accepts(parseTtl, { "1": 1, "900": 900, "2592000": 2_592_000 });
    refuses(parseTtl, ["0", "-5", "2592001", "15m", "1.5", ""]);
  });

  it("takes an instant with its offset, and now", () => {
    accepts(parseInstant, {
      "2026-11-21T12:00:00Z": 1_795_262_400_000,
      "2026-11-21T12:00:00.250+01:00": 1_795_258_800_250,
      "2026-11-21T12:00Z": 1_795_262_400_000,
    });
    const before = Date.now();
    assert.ok(parseInstant("now") >= before);
    refuses(parseInstant, ["", "yesterday", "2026-11-21", "2026-11-21T12:00:00", "2026-13-41T12:00:00Z", "1795262400"]);
  });

  it("takes a count of at least one", () => {
    accepts(parseCount, { "1": 1 });
    refuses(parseCount, ["0", "-1", "many"]);
  });

  it("takes durations with a unit", () => {
    accepts(parseDuration, { "500ms": 500, "10s": 10_000, "2m": 120_000, "1440m": 86_400_000 });
    refuses(parseDuration, ["10", "0s", "s", "1441m", "-1s", "1h", "1.5s", " 1s"]);
  });

  it("takes ids of 1 to 256 visible characters (R53)", () => {
    accepts(parseId, { alice: "alice", "ä 漢": "ä 漢", ["x".repeat(256)]: "x".repeat(256) });
    refuses(parseId, ["", "x".repeat(257), "a\nb", "a\u001b[31m", "a\u202eb", "a\u2028b", "\ud800"]);
  });

  it("takes a host without port, path or credentials, in the form of the URL standard", () => {
    accepts(parseHost, { localhost: "localhost", "127.0.0.1": "127.0.0.1", "::1": "::1", "Chat.Test": "chat.test" });
    refuses(parseHost, ["", "localhost:8443", "a/b", "u@h", "::zz", "a b", "https://x", "h?q", "h#f"]);
  });

  it("takes https origins alone, a final slash forgiven (R14)", () => {
    accepts(parseOrigin, {
      "https://chat.test:8443": "https://chat.test:8443",
      "https://chat.test/": "https://chat.test",
    });
    refuses(parseOrigin, [
      "http://chat.test",
      "https://chat.test/a",
      "https://u@chat.test",
      "https://*",
      "null",
      "",
      "*",
    ]);
  });

  it("takes a channel with its params", () => {
    accepts(parseJoin, {
      "lobby:roomId=tea": { channel: "lobby", params: { roomId: "tea" } },
      "a:x=1,y=a=b": { channel: "a", params: { x: "1", y: "a=b" } },
      news: { channel: "news", params: {} },
    });
    refuses(parseJoin, ["", ":a=b", "lobby:", "lobby:roomId", "lobby:=x", "lobby:a=1,a=2", "lobby:a=1,"]);
  });

  it("keeps a param named __proto__ a plain param", () => {
    assert.deepEqual(Object.keys(parseJoin("lobby:__proto__=x").params), ["__proto__"]);
  });

  it("takes JSON to publish", () => {
    accepts(parseJson, { '{"text":"hello"}': { text: "hello" }, null: null, "7": 7 });
    refuses(parseJson, ["", "{text:1}", "hello", '{"a":1} x']);
  });
});
