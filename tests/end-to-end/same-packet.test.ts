import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect } from "node:tls";
import { DemoService } from "./fixtures/demo-service.ts";

test("frames sent in the same packet as the opening handshake are not lost", { timeout: 30_000 }, async () => {
  await using service = await DemoService.start();
  const token = await service.tokens.token("alice");
  const frames = [
    { type: "connect", id: 1, token },
    { type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } },
  ];
  const socket = connect({ host: "localhost", port: service.port, servername: "localhost", ca: service.ca });
  await once(socket, "secureConnect");

  socket.write(Buffer.concat([handshake(service), ...frames.map((frame) => maskedText(JSON.stringify(frame)))]));

  let received = "";
  for await (const chunk of socket) {
    received += String(chunk);
    if (received.includes('"type":"joined"')) break;
  }
  assert.match(received, /^HTTP\/1\.1 101 /);
  assert.match(received, /"type":"connected","id":1/);
  assert.match(received, /"type":"joined","id":2/);
});

function handshake({ origin, port }: DemoService): Buffer {
  const lines = [
    "GET /ws HTTP/1.1",
    `Host: localhost:${port}`,
    `Origin: ${origin}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
}

/** A final text frame from a client (RFC 6455 section 5.2); the masking key is 0, which masks nothing. */
function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = [0, 0, 0, 0];
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff];
  const [first = 0, ...rest] = length;
  return Buffer.concat([Buffer.from([0x81, 0x80 | first, ...rest, ...mask]), payload]);
}
