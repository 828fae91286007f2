import assert from "node:assert/strict";
import { test } from "node:test";
import { answerUpgrade } from "../../src/accept/upgrade.ts";
import { type ClientCertificateOptions, clientCertificate } from "../../src/auth/client-certificate.ts";
import type { AuthenticateResult } from "../../src/auth/identity.ts";
import { subjectAlternativeNames } from "../../src/auth/subject-alternative-names.ts";
import { nodeHost } from "../../src/host/node.ts";
import { GatewayOnPaper } from "../gateway-on-paper.ts";
import { TestAuthority } from "../host/certificates.ts";
import { handshake, RawClient } from "../host/raw-client.ts";
import { TestHost } from "../host/test-host.ts";
import { ClientAuthority, type ClientRequest } from "./certified-client.ts";

const authority = await ClientAuthority.create();
const uri = "spiffe://chat.example/user/alice";
const alice = await authority.issue({ names: [{ type: "url", value: uri }] });
const context = { signal: new AbortController().signal, remoteAddress: "192.0.2.7" };

const identify: ClientCertificateOptions["identify"] = ({ uris: [name] }) => {
  const userId = /^spiffe:\/\/chat\.example\/user\/([a-z]+)$/.exec(name ?? "")?.[1];
  return userId === undefined ? undefined : { userId };
};

const ask = async (der: Uint8Array, options: Partial<ClientCertificateOptions> = {}): Promise<AuthenticateResult> =>
  clientCertificate({ identify, ...options })({ kind: "certificate", der }, context);

test("the names of a certificate become an identity that ends with it at the latest (R11)", async () => {
  const result = await ask(alice.der, { maxSessionMs: 10 * 86_400_000 });
  assert.ok(result.ok);
  assert.equal(result.identity.userId, "alice");
  assert.match(result.identity.tokenId ?? "", /^x509:[0-9a-f]{64}$/);
  assert.ok(result.identity.expiresAt <= Date.now() + 86_400_000);
  const asksForMore = (): { userId: string; expiresAt: number } => ({ userId: "alice", expiresAt: Date.now() * 2 });
  const greedy = await ask(alice.der, { maxSessionMs: 10 * 86_400_000, identify: asksForMore });
  assert.ok(greedy.ok && greedy.identity.expiresAt <= Date.now() + 86_400_000, "whatever the application asks for");
  const short = await ask(alice.der, { maxSessionMs: 1_000 });
  assert.ok(short.ok && short.identity.expiresAt <= Date.now() + 1_000, "or before, when sessions are shorter");
});

test("a certificate whose names go with nobody is refused (R11)", async () => {
  const strangers: readonly ClientRequest[] = [
    {},
    { names: [{ type: "url", value: `${uri}.evil.example` }] },
    { names: [{ type: "dns", value: "alice" }] },
  ];
  for (const request of strangers) {
    const { der } = await authority.issue(request);
    const result = await ask(der);
    assert.equal(!result.ok && result.code, "token-invalid");
  }
});

test("an expired certificate, one that is not valid yet and a revoked one are refused (R11)", async () => {
  const names = [{ type: "url" as const, value: uri }];
  const expired = await authority.issue({ names, notAfter: new Date(Date.now() - 1_000) });
  const early = await authority.issue({ names, notBefore: new Date(Date.now() + 60_000) });
  const answers = [
    await ask(expired.der),
    await ask(early.der),
    await ask(alice.der, { revoked: async ({ serialNumber }) => serialNumber === alice.serialNumber.toUpperCase() }),
  ];
  assert.deepEqual(
    answers.map((answer) => !answer.ok && answer.code),
    ["token-expired", "token-invalid", "token-invalid"],
  );
});

test("what is no certificate, and other credentials, are refused", async () => {
  const garbage = await ask(new Uint8Array([1, 2, 3]));
  const token = await clientCertificate({ identify })({ kind: "token", token: "x" }, context);
  assert.deepEqual([garbage.ok, token.ok], [false, false]);
});

test("a name cannot pass for two: Node's quotes are understood (CVE-2021-44532)", () => {
  assert.deepEqual(
    subjectAlternativeNames('URI:"https://a.example/, DNS:evil.example", DNS:Good.Example, email:a@b.example'),
    {
      uris: ["https://a.example/, DNS:evil.example"],
      dnsNames: ["good.example"],
      emails: ["a@b.example"],
    },
  );
  assert.equal(subjectAlternativeNames('URI:"unended'), undefined);
  assert.equal(subjectAlternativeNames("nothing"), undefined);
});

test("a handshake with a certificate and no Authorization is authenticated by it (R11)", async () => {
  const gateway = new GatewayOnPaper({ authenticate: clientCertificate({ identify }) });
  const upgrade = async (clientCertificate: Uint8Array) =>
    answerUpgrade(gateway.core, {
      remoteAddress: "192.0.2.7",
      target: "/ws",
      headers: new Map(),
      signal: new AbortController().signal,
      tls: { protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", clientCertificate },
    });
  assert.ok((await upgrade(alice.der)).accepted);
  const refused = await upgrade((await authority.issue()).der);
  assert.equal(!refused.accepted && refused.status, 401);
});

const server = await TestAuthority.create();
const certified = await server.issue({ dnsNames: ["localhost"] });

/** Whether a handshake with this certificate gets an answer at all. */
async function isServed(clientRevocations: string | undefined): Promise<boolean> {
  const tls = {
    ...certified,
    clientAuthority: authority.cert,
    ...(clientRevocations === undefined ? {} : { clientRevocations }),
  };
  const client = {
    ca: server.cert,
    servername: "localhost",
    cert: alice.cert,
    key: alice.key,
    ALPNProtocols: ["http/1.1"],
  };
  await using host = await TestHost.start(nodeHost, { tls, client });
  await using peer = await RawClient.connect(host.port, client);
  peer.write(handshake());
  return await peer.readResponse().then(
    ({ status }) => status === 101,
    () => false,
  );
}

test("a certificate on the revocation list does not get past TLS (R11)", { timeout: 10_000 }, async () => {
  const other = await authority.issue();
  assert.equal(await isServed(undefined), true);
  assert.equal(await isServed(await authority.revocations([other.serialNumber])), true);
  assert.equal(await isServed(await authority.revocations([alice.serialNumber])), false);
});

test("an outdated revocation list lets nobody in (R11)", { timeout: 10_000 }, async () => {
  assert.equal(await isServed(await authority.revocations([], new Date(Date.now() - 1_000))), false);
});

test("revocations that are no list are refused at start (R11)", async () => {
  await assert.rejects(isServed("hello"), { code: "bad-certificate" });
});
