import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { handshake, handshakeHeaders, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { guardedTarget } from "../fixtures/target.ts";
import { crumbsOverHttp2 } from "../fixtures/weak/crumbs-over-http2.ts";

/** In HTTP/2 a crumb that is in the table costs one byte on the wire and its whole length in the server. */
const crumb = `c=${"x".repeat(100)}`;
const crumbs = Array.from({ length: 500 }, () => crumb);
const own = "Origin: https://chat.example";

describe("attack 19: cookies in crumbs", { timeout: 20_000 }, () => {
  test("attack 19: HTTP/2 is neither agreed to nor answered, so that no table of headers can be blown up (CVE-2026-47774, R19)", async () => {
    await using tls = await guardedTarget({}, "tls");
    const options = { port: tls.port, host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false };
    const refused = connectTls({ ...options, ALPNProtocols: ["h2"] });
    const [error] = await once(refused, "error");
    assert.match(String(error), /no application protocol/i);
    const both = connectTls({ ...options, ALPNProtocols: ["h2", "http/1.1"] });
    await once(both, "secureConnect");
    assert.equal(both.alpnProtocol, "http/1.1");
    both.destroy();

    await using plain = await guardedTarget({}, "plain");
    const session = connectHttp2(`http://127.0.0.1:${plain.port}`);
    session.request({ ":path": "/ws", cookie: crumbs }).on("error", () => {});
    await assert.rejects(once(session, "connect").then(() => once(session, "remoteSettings")));
    session.destroy();
  });

  test("attack 19: over HTTP/1.1 crumbs count as headers, and as bytes (CVE-2026-47774, R18)", async () => {
    await using target = await guardedTarget({}, "plain");
    const statusWith = async (cookies: readonly string[]) => {
      await using client = await RawClient.connect(target.port);
      client.write(handshake([...handshakeHeaders, own, ...cookies.map((cookie) => `Cookie: ${cookie}`)]));
      return (await client.readResponse()).status;
    };
    assert.equal(await statusWith(crumbs), 431);
    assert.equal(await statusWith(crumbs.slice(0, 95)), 431);
    assert.equal(await statusWith([crumbs.join("; ")]), 431);
    assert.equal(await statusWith(crumbs.slice(0, 20)), 101);
  });

  test("negative control: a server with HTTP/2 and no bounds makes 100 bytes of each byte", async (t) => {
    let cookieBytes = 0;
    await using target = await crumbsOverHttp2((cookie) => {
      cookieBytes = cookie.length;
    });
    const session = connectHttp2(`http://127.0.0.1:${target.port}`);
    await once(session, "remoteSettings");
    const before = session.socket.bytesWritten;
    const request = session.request({ cookie: crumbs });
    await once(request, "response");
    const sent = session.socket.bytesWritten - before;
    t.diagnostic(`${sent} bytes on the wire, ${cookieBytes} bytes of cookies`);
    assert.ok(cookieBytes > 20 * sent, `${sent} bytes became ${cookieBytes}`);
    session.destroy();
  });
});
