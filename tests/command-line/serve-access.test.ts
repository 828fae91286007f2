import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { describe, it } from "node:test";
import { serve } from "../../packages/cli/src/commands/serve.ts";
import { productionFiles } from "../../packages/cli/test/support/production-files.ts";
import { type ServedGateway, serveFiles } from "../../packages/cli/test/support/served-gateway.ts";
import { ClientAuthority } from "../../packages/gateway/test/auth/certified-client.ts";
import { type HandshakeOptions, RawSession } from "../end-to-end/fixtures/raw-session.ts";

const origin = "https://chat.example";
const fixture = (name: string): string => new URL(`../../packages/cli/test/fixtures/${name}`, import.meta.url).pathname;

/** The status of a handshake; 101 where a socket opens. */
async function handshake(gateway: ServedGateway, options: HandshakeOptions): Promise<number> {
  try {
    using _session = await RawSession.open(gateway, { origin, ...options });
    return 101;
  } catch (error) {
    const [, status] = /Unexpected server response: (\d+)/.exec(String(error)) ?? [];
    if (status === undefined) throw error;
    return Number(status);
  }
}

/** An HTTPS request to the gateway, as a page of its origin would send it. */
async function ask(
  gateway: ServedGateway,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    readonly status: number | undefined;
    readonly hsts: string | undefined;
    readonly body: string;
  }>();
  const outgoing = request(
    { host: "localhost", port: gateway.port, path, method, headers, ca: gateway.ca, servername: "localhost" },
    (response) => {
      const hsts = response.headers["strict-transport-security"];
      response
        .setEncoding("utf8")
        .toArray()
        .then((chunks) => resolve({ status: response.statusCode, hsts, body: chunks.join("") }), reject);
    },
  );
  outgoing.on("error", reject).end();
  return promise;
}

describe("wardwire serve lets in", { timeout: 60_000, concurrency: 2 }, () => {
  it("only who names one of its hosts: those of its origins and this machine's own, or exactly the listed (R15)", async () => {
    using files = await productionFiles();
    {
      await using gateway = await serveFiles(files);
      for (const host of ["chat.example", "localhost:1", `127.0.0.1:${gateway.port}`, "[::1]"]) {
        assert.equal(await handshake(gateway, { host }), 101, host);
      }
      for (const host of ["evil.example", "chat.example:8443", "chat.example.evil.example"]) {
        assert.equal(await handshake(gateway, { host }), 421, host);
        assert.equal((await ask(gateway, "GET", "/", { host })).status, 421, host);
      }
    }
    files.configure({ allowedHosts: ["gateway.internal"] });
    await using gateway = await serveFiles(files);
    assert.equal(await handshake(gateway, { host: "gateway.internal" }), 101);
    assert.equal(await handshake(gateway, { host: "localhost" }), 421);
  });

  it("whose address is on its lists; SIGHUP reads them again, a bad file keeps the old ones and says so (R22)", async () => {
    using files = await productionFiles();
    files.configure({ addresses: { deny: ["198.51.100.0/24"] } });
    await using gateway = await serveFiles(files);
    using session = await RawSession.open(gateway, { origin });
    await session.request({ type: "connect", token: await files.token("alice") });

    files.configure({ addresses: { deny: ["127.0.0.0/8", "everyone"] } });
    gateway.running.kill("SIGHUP");
    const failure = await gateway.logged("failure");
    assert.equal(failure["where"], "reload");
    assert.match(JSON.stringify(failure["error"]), /addresses\.deny\[1\]/);
    assert.equal(await handshake(gateway, {}), 101, "the old lists are in force");

    files.configure({ addresses: { deny: ["127.0.0.0/8", "::1"] } });
    gateway.running.kill("SIGHUP");
    assert.equal((await session.closed).code, 4403);
    assert.partialDeepStrictEqual(await gateway.logged("addresses-changed"), { closed: 1, owasp: "authz_change" });
    assert.equal(await handshake(gateway, {}), 403);
  });

  it("pages with a session cookie, by the ticket their application's module gives them (R41)", async () => {
    using files = await productionFiles();
    files.configure({ application: fixture("ticket-application.ts") });
    await using gateway = await serveFiles(files);
    assert.equal((await ask(gateway, "POST", "/ws/ticket", { origin })).status, 401);
    const answer = await ask(gateway, "POST", "/ws/ticket", { origin, cookie: "session=alice" });
    assert.equal(answer.status, 200, answer.body);
    const { ticket } = JSON.parse(answer.body);
    using session = await RawSession.open(gateway, { origin });
    assert.partialDeepStrictEqual(await session.request({ type: "connect", ticket }), {
      type: "connected",
      user: "alice",
    });
    using again = await RawSession.open(gateway, { origin });
    again.send({ type: "connect", id: 1, ticket });
    assert.equal((await again.closed).code, 4402);
  });

  it("services by their certificate and browsers by a token; a revoked, unmapped or ambiguous one is not (R11)", async () => {
    const authority = await ClientAuthority.create();
    const named = (...values: readonly string[]) =>
      authority.issue({ names: values.map((value) => ({ type: "url" as const, value })) });
    const prefix = "spiffe://chat.example/service/";
    const [good, revoked] = [await named(`${prefix}mailer`), await named(`${prefix}old`)];
    const strangers = [await named("spiffe://x"), await named(prefix), await named(`${prefix}a`, `${prefix}b`)];
    using files = await productionFiles();
    writeFileSync(files.at("clients.pem"), authority.cert);
    writeFileSync(files.at("clients.crl"), await authority.revocations([revoked.serialNumber]));
    const mapping = { name: "uri", prefix, userPrefix: "service-" };
    files.configure({ clientCertificates: { caFile: "clients.pem", crlFile: "clients.crl", mapping } });
    await using gateway = await serveFiles(files);
    using service = await RawSession.open(gateway, { certificate: good });
    assert.partialDeepStrictEqual(await service.request({ type: "connect" }), { user: "service-mailer" });
    using browser = await RawSession.open(gateway, { origin });
    const token = await files.token("alice");
    assert.partialDeepStrictEqual(await browser.request({ type: "connect", token }), { user: "alice" });
    for (const certificate of strangers) assert.equal(await handshake(gateway, { certificate }), 401);
    await assert.rejects(RawSession.open(gateway, { certificate: revoked }), /socket|ECONNRESET|alert/i);
  });

  it("nobody without a certificate where one is required (R11)", async () => {
    const authority = await ClientAuthority.create();
    using files = await productionFiles();
    writeFileSync(files.at("clients.pem"), authority.cert);
    const mapping = { name: "dns", suffix: ".service.example" };
    files.configure({ clientCertificates: { caFile: "clients.pem", required: true, mapping } });
    await using gateway = await serveFiles(files);
    await assert.rejects(RawSession.open(gateway, { origin }), /socket|ECONNRESET|alert/i);
    const certificate = await authority.issue({ names: [{ type: "dns", value: "mailer.service.example" }] });
    using service = await RawSession.open(gateway, { certificate });
    assert.partialDeepStrictEqual(await service.request({ type: "connect" }), { user: "mailer" });
  });

  it("with the limits it is given, reports in a dry run, and asks browsers to come by TLS only (R3, R29)", async () => {
    using files = await productionFiles();
    const limits = { handshakesPerSecondPerIp: 1, handshakeBurstPerIp: 1, maxFrames: 7 };
    files.configure({ limits, dryRun: true, tls: { ...tls, hstsMaxAgeSeconds: 300 } });
    await using gateway = await serveFiles(files);
    assert.equal(await handshake(gateway, {}), 101);
    using session = await RawSession.open(gateway, { origin });
    const connected = await session.request({ type: "connect", token: await files.token("alice") });
    assert.partialDeepStrictEqual(connected, { limits: { maxFrames: 7 } });
    assert.partialDeepStrictEqual(await gateway.logged("rate-limited"), { budget: "handshakes", dryRun: true });
    assert.equal((await ask(gateway, "GET", "/")).hsts, "max-age=300");
  });

  it("nobody when a webhook leads into a private network, or its secret is none", async () => {
    using files = await productionFiles();
    writeFileSync(files.at("secret"), `whsec_${Buffer.alloc(32, 7).toString("base64")}\n`, { mode: 0o600 });
    writeFileSync(files.at("bad"), "hunter2\n", { mode: 0o600 });
    for (const [webhook, expected] of [
      [{ url: "https://127.0.0.1/hook", secretFile: "secret" }, /webhook/],
      [{ url: "https://alarm.example/hook", secretFile: "bad" }, /whsec_/],
    ] as const) {
      files.configure({ webhooks: [webhook] });
      await assert.rejects(serve({ config: files.config }), { code: "configuration", message: expected });
    }
    files.configure({ webhooks: [{ url: "https://alarm.example/hook", secretFile: "secret" }] });
    await using gateway = await serveFiles(files);
    assert.ok(gateway.port > 0);
    assert.equal(readFileSync(files.config, "utf8").includes("whsec_"), false);
  });
});

const tls = { certFile: "cert.pem", keyFile: "key.pem" };
