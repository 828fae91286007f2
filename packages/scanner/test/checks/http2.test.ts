import assert from "node:assert/strict";
import { once } from "node:events";
import { createSecureServer, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { type ScanReport, scan } from "../../src/scan.ts";
import { certify } from "../certificate.ts";
import { switching } from "../hostile-server.ts";

const own = await certify();

/** Scans a server that opens WebSockets over HTTP/1.1 to its own origin, and over HTTP/2 to whom `admits` says. */
async function scanOf(
  admits: (headers: IncomingHttpHeaders) => boolean,
  enableConnectProtocol: boolean,
): Promise<ScanReport> {
  const server = createSecureServer({ ...own, allowHTTP1: true, settings: { enableConnectProtocol } });
  server.on("upgrade", (request, socket) => {
    const head = `Sec-WebSocket-Key: ${request.headers["sec-websocket-key"]}\r\n`;
    const isOwn = request.headers.origin === `https://${request.headers.host}`;
    socket.on("error", () => undefined);
    if (isOwn) socket.write(switching(head));
    else socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined).respond({ ":status": admits(headers) ? 200 : 403 });
  });
  server.on("sessionError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const only = ["WW-HANDSHAKE-01", "WW-HANDSHAKE-11", "WW-ORIGIN"];
    const options = { ca: own.cert, answerTimeoutMs: 400, connectionsPerSecond: 500, only };
    return await scan(`wss://127.0.0.1:${port}/ws`, options);
  } finally {
    server.close();
  }
}

const outcome = ({ findings }: ScanReport, wanted: string): string => {
  const finding = findings.find(({ id }) => id === wanted);
  return `${finding?.status} ${finding?.evidence}`;
};

describe("WebSockets over HTTP/2 (R19)", { timeout: 60_000 }, () => {
  test("open to foreign origins are a fault, though HTTP/1.1 is guarded", async () => {
    const report = await scanOf(({ origin }) => origin !== "null", true);
    assert.equal(outcome(report, "WW-HANDSHAKE-11"), "info HTTP/2 is spoken, extended CONNECT is on");
    assert.match(outcome(report, "WW-ORIGIN-01"), /^pass/);
    assert.equal(outcome(report, "WW-ORIGIN-09"), "fail accepted: https://evil.example");
  });

  test("guarded by their origin are none", async () => {
    const report = await scanOf(({ origin }) => origin === "https://chat.example", true);
    assert.equal(outcome(report, "WW-ORIGIN-09"), "pass refused");
  });

  test("that are off cannot be asked", async () => {
    const report = await scanOf(() => true, false);
    assert.equal(outcome(report, "WW-HANDSHAKE-11"), "pass HTTP/2 is spoken, extended CONNECT is off");
    assert.equal(outcome(report, "WW-ORIGIN-09"), "pass no WebSockets over HTTP/2");
  });
});
