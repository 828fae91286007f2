import assert from "node:assert/strict";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import { scan } from "../../src/scan.ts";
import type { ScanOptions } from "../../src/scan-options.ts";
import { certify } from "../certificate.ts";
import { hostile, hostileTls, onRequest, pour, switching } from "../hostile-server.ts";

const own = await certify();
const quick: ScanOptions = {
  ca: own.cert,
  answerTimeoutMs: 400,
  connectionsPerSecond: 500,
  only: ["WW-HANDSHAKE-01", "WW-TLS"],
};

/** Joins two connections, as a proxy does. */
function join(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  b.on("error", () => a.destroy());
  a.on("close", () => b.destroy());
}

describe("through an HTTP proxy", { timeout: 60_000 }, () => {
  test("everything goes by CONNECT, with Proxy-Authorization, TLS included", async () => {
    await using server = await hostileTls(own, (socket) => onRequest(socket, (head) => socket.write(switching(head))));
    const heads: string[] = [];
    await using proxy = await hostile((socket) => {
      socket.once("data", (chunk) => {
        heads.push(chunk.toString("latin1"));
        socket.write("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
        join(socket, connect(server.port, "127.0.0.1"));
      });
    });
    const through = { host: "127.0.0.1", port: proxy.port, authorization: "Basic c2VjcmV0" };
    const report = await scan(`wss://127.0.0.1:${server.port}/ws`, { ...quick, proxy: through });
    const status = (id: string) => report.findings.find((finding) => finding.id === id)?.status;
    assert.equal(status("WW-HANDSHAKE-01"), "pass");
    assert.equal(status("WW-TLS-02"), "pass");
    assert.ok(heads.length > 10);
    for (const head of heads) {
      assert.match(head, new RegExp(`^CONNECT 127\\.0\\.0\\.1:${server.port} HTTP/1\\.1\r\n`));
      assert.match(head, /^Proxy-Authorization: Basic c2VjcmV0\r$/m);
    }
  });

  const bad: readonly (readonly [string, (socket: Duplex) => void, RegExp])[] = [
    ["refuses", (socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"), /expected status 200 to CONNECT, got 403/],
    ["speaks no HTTP", (socket) => socket.end("220 smtp\r\n\r\n"), /got no HTTP/],
    ["says nothing", () => undefined, /got no answer within/],
    ["hangs up", (socket) => socket.end(), /closed before it answered|closed during/],
    ["never ends its head", (socket) => pour(socket, "X-A: b\r\n".repeat(64)), /more than 16384 bytes/],
  ];
  for (const [what, behave, message] of bad) {
    test(`one that ${what}: proxy-failed`, async () => {
      await using proxy = await hostile((socket) => socket.once("data", () => behave(socket)));
      const scanning = scan("wss://127.0.0.1:9/ws", { ...quick, proxy: { host: "127.0.0.1", port: proxy.port } });
      await assert.rejects(scanning, { name: "ScanError", code: "proxy-failed", message });
    });
  }
});
