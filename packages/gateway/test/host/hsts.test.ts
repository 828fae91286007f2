import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TlsListenOptions } from "../../src/host/listen-options.ts";
import { nodeHost } from "../../src/host/node.ts";
import { TestAuthority } from "./certificates.ts";
import { handshake, handshakeHeaders, RawClient } from "./raw-client.ts";
import { forbidden, TestHost, type TestHostOptions } from "./test-host.ts";

const authority = await TestAuthority.create();
const certified = await authority.issue({ dnsNames: ["localhost"] });
const client = { ca: authority.cert, servername: "localhost" };

const start = (tls: Partial<TlsListenOptions> | "none", options?: TestHostOptions): Promise<TestHost> =>
  TestHost.start(nodeHost, tls === "none" ? { tls } : { tls: { ...certified, ...tls }, client }, options);

/** The Strict-Transport-Security of the answer to one request. */
async function hstsOf(host: TestHost, request: string, status: number, tls = true): Promise<string | undefined> {
  await using peer = await RawClient.connect(host.port, tls ? client : undefined);
  peer.write(request);
  const response = await peer.readResponse();
  assert.equal(response.status, status);
  return response.headers.get("strict-transport-security");
}

const page = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const twoYears = "max-age=63072000";

describe("Strict-Transport-Security", { timeout: 20_000 }, () => {
  test("comes with every answer over TLS: pages, refusals, malformed requests and 101 (R3)", async () => {
    await using host = await start({}, { fetch: () => new Response("page") });
    assert.equal(await hstsOf(host, page, 200), twoYears);
    assert.equal(await hstsOf(host, handshake(), 101), twoYears);
    assert.equal(await hstsOf(host, handshake(handshakeHeaders.slice(0, -1)), 400), twoYears);
    assert.equal(await hstsOf(host, "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405), twoYears);
    assert.equal(await hstsOf(host, "nonsense\r\n\r\n", 400), twoYears);
    await using closed = await start({}, { upgrade: () => forbidden });
    assert.equal(await hstsOf(closed, handshake(), 403), twoYears);
    assert.equal(await hstsOf(closed, page, 404), twoYears);
  });

  test("lasts as long as it is told to, 0 included, and an application's own stays (R3)", async () => {
    await using brief = await start({ hstsMaxAgeSeconds: 0 });
    assert.equal(await hstsOf(brief, page, 404), "max-age=0");
    const own = "max-age=1; includeSubDomains";
    const fetch = () => new Response("page", { headers: { "strict-transport-security": own } });
    await using host = await start({}, { fetch });
    assert.equal(await hstsOf(host, page, 200), own);
    await assert.rejects(start({ hstsMaxAgeSeconds: -1 }), { code: "invalid-options" });
  });

  test("does not come without TLS, where browsers would not believe it (RFC 6797 §7.2)", async () => {
    await using host = await start("none");
    assert.equal(await hstsOf(host, page, 404, false), undefined);
    assert.equal(await hstsOf(host, handshake(), 101, false), undefined);
  });
});
