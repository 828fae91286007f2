import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closeCodes } from "@wardwire/wire/close-codes";
import { cleanFields } from "../../src/audit/clean-fields.ts";
import { securityEvent } from "../../src/audit/security-event.ts";
import type { GatewayEvent, RefusalCause } from "../../src/observe/events.ts";
import type { TicketRefusal } from "../../src/tickets/ticket-store.ts";

const address = "192.0.2.7";
const refused = (status: number, cause: RefusalCause, origin?: string): GatewayEvent => ({
  event: "upgrade-refused",
  status,
  cause,
  reason: "why",
  address,
  ...(origin === undefined ? {} : { origin }),
});
const closed = (by?: keyof typeof closeCodes): GatewayEvent => ({
  event: "disconnected",
  connection: "c_1",
  user: "alice",
  address,
  code: by === undefined ? 1000 : closeCodes[by].code,
  ...(by === undefined ? {} : { by }),
});

const meanings: readonly (readonly [string, GatewayEvent, string | undefined])[] = [
  ["a start", { event: "listening", addresses: [{ address: "::1", port: 8443 }] }, "sys_startup"],
  ["a stop", { event: "stopping" }, "sys_shutdown"],
  ["a refused origin", refused(403, "origin", "https://evil.example"), "malicious_cors"],
  ["an address on no list", refused(403, "address", "https://a.example"), "input_validation_fail"],
  ["a handshake without a credential", refused(403, "no-credential"), "input_validation_fail"],
  ["a wrong path", refused(404, "path", "https://a.example"), "input_validation_fail"],
  ["too many of one address", refused(429, "rate"), "excess_rate_limit_exceeded"],
  ["a full house", refused(503, "no-room"), "excess_rate_limit_exceeded"],
  ["a refused credential, told already", refused(401, "credential"), undefined],
  [
    "a wrong token",
    { event: "authentication-failed", code: "token-invalid", detail: "d", address },
    "authn_login_fail",
  ],
  [
    "an old token",
    { event: "authentication-failed", code: "token-expired", detail: "d", address },
    "session_use_after_expire",
  ],
  ["a login", { event: "connected", connection: "c_1", user: "a", device: "d", address }, "authn_login_success"],
  [
    "a denial",
    { event: "denied", connection: "c_1", user: "a", operation: "join", target: "room", reason: "r" },
    "authz_fail",
  ],
  [
    "a spent budget",
    { event: "rate-limited", budget: "frames", connection: "c_1", address },
    "excess_rate_limit_exceeded",
  ],
  ["a fault", { event: "failure", where: "authorize", error: new Error("x") }, "sys_failure"],
  [
    "a signal",
    { event: "signal", signal: "decode-errors", count: 20, threshold: 20, windowMs: 60_000 },
    "security_signal",
  ],
  [
    "a webhook that was not reached",
    { event: "webhook-failed", target: "https://a.example", signal: "decode-errors", reason: "timeout", attempts: 8 },
    "sys_failure",
  ],
  [
    "a frame that is none",
    { event: "decode-error", code: "invalid-frame", connection: "c_1", address },
    "input_validation_fail",
  ],
  [
    "a message that is none, told by its close",
    { event: "decode-error", code: "malformed", connection: "c_1", address },
    undefined,
  ],
  ["a sealed handshake", { event: "sealed", connection: "c_1", address, suite: 1 }, undefined],
  [
    "a sealed connection that failed, told by its close",
    { event: "sealed-failed", kind: "session", connection: "c_1", address },
    undefined,
  ],
  ["keys of a session that changed", { event: "rekeyed", how: "update", connection: "c_1" }, undefined],
  ["a change of the server keys", { event: "server-keys", change: "key-added", kid: "00ff00ff00ff00ff" }, undefined],
  ["a token outside a sealed session", refused(400, "credential-outside"), "input_validation_fail"],
  ["a network's noise", { event: "peer-problem", what: "reset" }, undefined],
  ["an end by the client", closed(), "session_closed"],
  ["an end by expiry", closed("tokenExpired"), "session_expired"],
  ["a revocation", { event: "revoked", user: "alice", closed: 2 }, "authn_token_revoked"],
  ["a revoked token that is used", { event: "revoked-token-used", user: "alice", address }, "authn_token_reuse"],
  ["no session for a ticket", { event: "ticket-refused", status: 401, reason: "sign in", address }, "authn_login_fail"],
  ["other address lists", { event: "addresses-changed", closed: 2 }, "authz_change"],
  ["an error nobody handled", { event: "crash", error: new Error("x") }, "sys_crash"],
  ["an end by revocation, told already", closed("revoked"), "session_closed"],
  ["an end by bad frames", closed("badFrame"), "input_validation_fail"],
  ["an end by errors", closed("errorBudgetSpent"), "excess_rate_limit_exceeded"],
  ["an end of a sealed session", closed("sealedSessionFailed"), "crypt_decrypt_fail"],
];

describe("in the OWASP vocabulary (R52)", () => {
  for (const [what, event, expected] of meanings) {
    test(`${what} is ${expected ?? "nothing"}`, () => assert.equal(securityEvent(event)?.event, expected));
  }
});

/** Every reason a ticket is refused for; the compiler notices one that is missing. */
const ticketMeanings: Readonly<Record<TicketRefusal, string>> = {
  unknown: "authn_login_fail",
  expired: "authn_login_fail",
  "used-before": "authn_token_reuse",
  "other-origin": "authn_token_reuse",
};
for (const [reason, expected] of Object.entries(ticketMeanings) as [TicketRefusal, string][]) {
  test(`a ticket that is refused as ${reason} is ${expected} (R52)`, () => {
    const event: GatewayEvent = { event: "ticket-refused", reason, connection: "c_1", user: "alice", address };
    const meaning = securityEvent(event);
    assert.equal(meaning?.event, expected);
    assert.deepEqual(meaning?.fields, { reason, address, connection: "c_1", user: "alice" });
  });
}

test("every close of a connection is told, with code, who and where from (R54)", () => {
  for (const reason of Object.keys(closeCodes) as (keyof typeof closeCodes)[]) {
    const meaning = securityEvent(closed(reason));
    const { code } = closeCodes[reason];
    assert.deepEqual(meaning?.fields, { connection: "c_1", user: "alice", address, code, by: reason });
  }
  assert.equal(securityEvent(closed())?.fields["by"], "client");
});

test("a login and a refused origin tell who and where from (R54)", () => {
  const page = "https://chat.example";
  const who = { connection: "c_1", user: "alice", device: "phone", address, origin: page };
  assert.deepEqual(securityEvent({ event: "connected", ...who })?.fields, who);
  const origin = securityEvent(refused(403, "origin", "https://evil.example"));
  assert.deepEqual(origin?.fields, {
    status: 403,
    cause: "origin",
    reason: "why",
    address,
    origin: "https://evil.example",
  });
});

test("a revocation says what was revoked, by the claim's name and not redacted", () => {
  const revoked = securityEvent({ event: "revoked", tokenId: "t-1", closed: 1 });
  assert.deepEqual(cleanFields(revoked?.fields ?? {}), { jti: "t-1", closed: 1 });
});

test("of an error only its name and code are taken, and of an event no field that is not named here", () => {
  const error = Object.assign(new TypeError("the secret"), { code: "E_X" });
  const failure = securityEvent({ event: "failure", where: "authorize", error });
  assert.deepEqual(failure?.fields, { where: "authorize", connection: undefined, error: "TypeError E_X" });
  const more = { ...closed(), token: "the secret" };
  assert.equal(JSON.stringify(securityEvent(more)).includes("secret"), false);
});
