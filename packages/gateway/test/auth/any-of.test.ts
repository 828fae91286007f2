import assert from "node:assert/strict";
import { test } from "node:test";
import { anyOf } from "../../src/auth/any-of.ts";
import type { Authenticate, AuthenticateResult, Credential } from "../../src/auth/identity.ts";

const context = { signal: new AbortController().signal, remoteAddress: "192.0.2.7" };
const expiresAt = 2_000_000_000_000;

/** Takes credentials of one kind, in the name of that kind. */
const takes =
  (kind: Credential["kind"]): Authenticate =>
  (credential) =>
    credential.kind === kind
      ? { ok: true, identity: { userId: kind, expiresAt, claims: {} } }
      : { ok: false, code: "token-invalid", detail: `no ${kind}` };
const refuses =
  (code: Extract<AuthenticateResult, { ok: false }>["code"]): Authenticate =>
  () => ({ ok: false, code, detail: code });

const token: Credential = { kind: "token", token: "t" };
const credentials: readonly Credential[] = [token, { kind: "certificate", der: new Uint8Array() }];

test("each credential goes to whoever takes its kind, in whichever order they stand (R11)", async () => {
  for (const authenticate of [
    anyOf(takes("certificate"), takes("token")),
    anyOf(takes("token"), takes("certificate")),
  ]) {
    for (const credential of credentials) {
      const result = await authenticate(credential, context);
      assert.equal(result.ok && result.identity.userId, credential.kind);
    }
    assert.equal((await authenticate({ kind: "ticket", ticket: "t" }, context)).ok, false);
  }
});

test("when all refuse, the answer leaves the most hope there is", async () => {
  const answers: readonly [readonly [Authenticate, ...Authenticate[]], string][] = [
    [[refuses("token-invalid"), refuses("token-expired")], "token-expired"],
    [[refuses("unavailable"), refuses("token-expired")], "unavailable"],
    [[refuses("token-invalid"), takes("certificate")], "token-invalid"],
  ];
  for (const [ways, expected] of answers) {
    const result = await anyOf(...ways)(token, context);
    assert.equal(!result.ok && result.code, expected);
  }
});

test("a way that throws does not keep another from taking the credential; else it is thrown (R35)", async () => {
  const broken: Authenticate = async () => {
    throw new TypeError("on purpose");
  };
  assert.equal((await anyOf(broken, takes("token"))(token, context)).ok, true);
  await assert.rejects(async () => anyOf(broken, takes("certificate"))(token, context), TypeError);
});

test("no way at all is refused at start", () => {
  const none = anyOf as (...ways: readonly Authenticate[]) => Authenticate;
  assert.throws(() => none(), { code: "invalid-options" });
  assert.throws(() => none(undefined as unknown as Authenticate), { code: "invalid-options" });
});
