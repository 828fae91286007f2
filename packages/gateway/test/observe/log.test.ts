import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pino } from "pino";
import type { GatewayEvent } from "../../src/observe/events.ts";
import { logEvents } from "../../src/observe/log.ts";

/** The lines a gateway's log has of these events. */
function linesOf(...events: readonly GatewayEvent[]): string[] {
  const lines: string[] = [];
  const observe = logEvents(pino({ level: "debug" }, { write: (line: string) => void lines.push(line) }));
  for (const event of events) observe(event);
  return lines;
}

const address = "192.0.2.7";

describe("the gateway's log", () => {
  test("names security events in the OWASP vocabulary beside its own words, others not (R52)", () => {
    const [login, denial, noise] = linesOf(
      { event: "connected", connection: "c_1", user: "alice", device: "phone", address, origin: "https://a.example" },
      { event: "denied", connection: "c_1", user: "alice", operation: "join", target: "room", reason: "r" },
      { event: "peer-problem", what: "reset" },
    ).map((line) => JSON.parse(line));
    assert.partialDeepStrictEqual(login, {
      event: "connected",
      origin: "https://a.example",
      owasp: "authn_login_success",
    });
    assert.partialDeepStrictEqual(denial, { event: "denied", user: "alice", owasp: "authz_fail" });
    assert.equal(Object.hasOwn(noise, "owasp"), false);
  });

  test("keeps of an error its name, code, words and stack, without what looks like a token in them (R53)", () => {
    const token = ["eyJhbGciOiJFZERTQSJ9", "eyJzdWIiOiJjYW5hcnkifQ", "c2lnbmF0dXJl"].join(".");
    const cause = new Error(`cookie=${token}`);
    const error = Object.assign(new TypeError(`no room for ${token}\nBearer ${token}`, { cause }), { code: "E_X" });
    const [line = ""] = linesOf({ event: "failure", where: "command", error });
    assert.equal(line.includes("canary") || line.includes(token.slice(0, 30)), false);
    const { error: shown, owasp } = JSON.parse(line);
    assert.deepEqual([shown.name, shown.code, owasp], ["TypeError", "E_X", "sys_failure"]);
    assert.match(shown.message, /^no room for \[redacted\]/);
    assert.match(shown.stack[0], /^at .*log\.test\.ts/, "where it came from is kept whole");
  });

  test("writes out what could end a line, change a terminal or the reading order (R53)", () => {
    const hostile = 'https://a.example\r\n{"event":"x"}\u001b[2J\u2028\u202e';
    const lines = linesOf({
      event: "upgrade-refused",
      status: 403,
      cause: "origin",
      reason: "r",
      address,
      origin: hostile,
    });
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines[0] ?? "", /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\n]]/v);
    assert.match(JSON.parse(lines[0] ?? "").origin, /\\u\{1b\}\[2J\\u\{2028\}\\u\{202e\}$/);
  });
});
