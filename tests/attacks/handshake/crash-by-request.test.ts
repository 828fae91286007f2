import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  clientFrame,
  handshake,
  handshakeHeaders,
  opcodes,
  RawClient,
} from "../../../packages/gateway/test/host/raw-client.ts";
import { AttackedProcess } from "../fixtures/attacked-process.ts";

const badFrame = clientFrame({ opcode: opcodes.text, payload: "x", rsv: 3 });
const own = "Origin: https://chat.example";
const without = (name: string) => handshakeHeaders.filter((line) => !line.startsWith(`${name}:`));

/** Requests that ended some server: the bytes, and whether the connection is then reset before the answer is read. */
const requests: Readonly<Record<string, { readonly bytes: string | Buffer; readonly reset?: boolean }>> = {
  "an upgrade at another path, then a reset (CVE-2022-41940)": {
    bytes: handshake([...handshakeHeaders, own], "GET /elsewhere HTTP/1.1"),
    reset: true,
  },
  "an upgrade, then a reset": { bytes: handshake([...handshakeHeaders, own]), reset: true },
  "a bad frame in the packet of the handshake (CVE-2022-21676)": {
    bytes: Buffer.concat([
      Buffer.from(handshake([...handshakeHeaders, own], "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1")),
      badFrame,
    ]),
  },
  "the same at the endpoint": { bytes: Buffer.concat([Buffer.from(handshake([...handshakeHeaders, own])), badFrame]) },
  "a transport named after a property of all objects (CVE-2023-31125)": {
    bytes: handshake([...handshakeHeaders, own], "GET /ws?EIO=4&transport=constructor&sid=__proto__ HTTP/1.1"),
  },
  "a Host that is no host (CVE-2026-14631)": {
    bytes: handshake([...without("Host"), "Host: [::1", own]),
  },
  "an Origin that is no origin (CVE-2026-14631)": { bytes: handshake([...handshakeHeaders, "Origin: https://[::1"]) },
  "a target that is no URL": { bytes: handshake([...handshakeHeaders, own], "GET /%E0%A4%A//\\[ HTTP/1.1") },
  "a subprotocol that is not ASCII (Granian)": {
    bytes: Buffer.from(handshake([...handshakeHeaders, own, "Sec-WebSocket-Protocol: wardwire.v1.json\xff"]), "latin1"),
  },
  "an upgrade with a body that never comes": {
    bytes: handshake([...handshakeHeaders, own, "Content-Length: 100"]),
    reset: true,
  },
};

describe("attack 12: one request that ends the process", { timeout: 30_000 }, () => {
  test("attack 12: no single request ends a gateway (CVE-2020-36048, CVE-2022-21676, CVE-2022-41940, CVE-2023-31125, CVE-2024-38355, CVE-2026-14631, R13, R35)", async () => {
    await using gateway = await AttackedProcess.gateway({ limits: { closeTimeoutMs: 100 } });
    for (const [what, { bytes, reset }] of Object.entries(requests)) {
      for (let time = 0; time < 5; time += 1) await send(gateway.port, bytes, reset ?? false);
      assert.ok(gateway.isAlive, what);
      await gateway.assertServes();
    }
  });

  for (const what of Object.keys(requests).filter((each) => /41940|21676/.test(each))) {
    test(`negative control: engine.io 6.0.0 is ended by ${what}`, async () => {
      await using server = await AttackedProcess.start("old/engine-io.ts");
      const { bytes = "", reset = false } = requests[what] ?? {};
      await send(server.port, bytes, reset);
      const { code, stderr } = await server.ended;
      assert.equal(code, 1);
      assert.match(stderr, /Unhandled 'error' event|Emitted 'error' event/);
    });
  }
});

/** Sends a request; then waits for the answer and hangs up, or resets the connection at once. */
async function send(port: number, bytes: string | Buffer, reset: boolean): Promise<void> {
  await using client = await RawClient.connect(port);
  await new Promise<void>((resolve) => client.socket.write(bytes, () => resolve()));
  if (!reset) {
    client.socket.setTimeout(100, () => client.socket.destroy());
    await client.closed;
    return;
  }
  // The request is read before the reset comes: a server turns to sockets it has accepted in between.
  await using next = await RawClient.connect(port);
  next.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await next.readResponse();
  // One that the other side has ended already never closes after a reset.
  if (client.socket.writable) client.socket.resetAndDestroy();
}
