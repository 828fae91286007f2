import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import { ByteStream } from "../src/raw/byte-stream.ts";
import { closePayload, opcodes } from "../src/raw/frame.ts";
import { type Frame, RawWebSocket } from "../src/raw/websocket.ts";
import { scan } from "../src/scan.ts";
import type { ScanOptions } from "../src/scan-options.ts";
import { hostile, onRequest, switching } from "./hostile-server.ts";

type Reply = string | Buffer | { readonly close: number } | undefined;

/** A server as far as the recognition of its protocol goes. */
interface Spoken {
  readonly subprotocols?: readonly string[];
  readonly greeting?: string;
  readonly reply: (message: Buffer, isText: boolean, path: string) => Reply;
}

const texts =
  (reply: (text: string, path: string) => Reply): Spoken["reply"] =>
  (message, isText, path) =>
    isText ? reply(message.toString(), path) : undefined;

const spoken: Readonly<Record<string, Spoken>> = {
  "bare WebSocket": { reply: (message, isText) => (isText ? message.toString() : message) },
  "Socket.IO": {
    greeting: '0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}',
    reply: texts((text) => (text === "40" ? '40{"sid":"def"}' : undefined)),
  },
  SignalR: {
    reply: texts((text) => (text === '{"protocol":"json","version":1}\u001e' ? "{}\u001e" : { close: 1011 })),
  },
  Phoenix: {
    reply: texts((text, path) =>
      path.includes("vsn=2.0.0") && text.includes('"heartbeat"')
        ? '[null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]'
        : undefined,
    ),
  },
  "graphql-ws": {
    subprotocols: ["graphql-transport-ws"],
    reply: texts((text) => (text === '{"type":"connection_init"}' ? '{"type":"connection_ack"}' : { close: 4400 })),
  },
  STOMP: {
    subprotocols: ["v12.stomp"],
    reply: texts((text) => (text.startsWith("CONNECT\n") ? "CONNECTED\nversion:1.2\n\n\0" : "ERROR\n\n\0")),
  },
  MQTT: {
    subprotocols: ["mqtt"],
    reply: (message, isText) => (!isText && message[0] === 0x10 ? Buffer.from([0x20, 2, 0, 0]) : { close: 1002 }),
  },
  wardwire: {
    subprotocols: ["wardwire.v1.json", "wardwire.v1.cbor"],
    reply: texts((text) =>
      text === '{"type":"connect","id":1}' ? '{"type":"error","id":1,"code":"token-invalid"}' : undefined,
    ),
  },
};

const quick: ScanOptions = {
  answerTimeoutMs: 300,
  connectionsPerSecond: 500,
  only: ["WW-HANDSHAKE-01", "WW-FRAME-01", "WW-FRAME-02", "WW-TOKEN-01"],
};

describe("a protocol is recognised by talking:", { timeout: 60_000 }, () => {
  for (const [name, protocol] of Object.entries(spoken)) {
    test(name, async () => {
      await using server = await hostile((socket) => serve(socket, protocol));
      const report = await scan(`ws://127.0.0.1:${server.port}/live`, quick);
      const status = (id: string) => report.findings.find((finding) => finding.id === id)?.status;
      assert.equal(report.protocol, name);
      assert.equal(status("WW-HANDSHAKE-01"), "pass");
      assert.ok([status("WW-FRAME-01"), status("WW-FRAME-02")].includes("pass"));
      assert.equal(status("WW-TOKEN-01"), name === "wardwire" ? "pass" : "warn");
    });
  }

  test("graphql-ws, where a stranger is turned away by a close code", async () => {
    const closing: Spoken = { subprotocols: ["graphql-transport-ws"], reply: () => ({ close: 4401 }) };
    await using server = await hostile((socket) => serve(socket, closing));
    const report = await scan(`ws://127.0.0.1:${server.port}/live`, quick);
    assert.equal(report.protocol, "graphql-ws");
    assert.equal(report.findings.find(({ id }) => id === "WW-TOKEN-01")?.status, "pass");
  });

  test("none where the server agrees to every subprotocol, and echoes", async () => {
    const everything = Object.values(spoken).flatMap(({ subprotocols = [] }) => subprotocols);
    const echo: Spoken = {
      subprotocols: everything,
      reply: (message, isText) => (isText ? message.toString() : message),
    };
    await using server = await hostile((socket) => serve(socket, echo));
    assert.equal((await scan(`ws://127.0.0.1:${server.port}/live`, quick)).protocol, "bare WebSocket");
  });

  test("none where the server opens and is silent: established, and nothing told", async () => {
    await using server = await hostile((socket) => serve(socket, { reply: () => undefined }));
    const report = await scan(`ws://127.0.0.1:${server.port}/live`, quick);
    assert.equal(report.protocol, "bare WebSocket");
    const statuses = ["WW-HANDSHAKE-01", "WW-FRAME-01", "WW-TOKEN-01"].map(
      (wanted) => report.findings.find(({ id }) => id === wanted)?.status,
    );
    assert.deepEqual(statuses, ["pass", "info", "info"]);
  });
});

/** Opens a WebSocket, choosing the first offered subprotocol that is known, and replies to messages until it closes. */
function serve(socket: Duplex, { subprotocols = [], greeting, reply }: Spoken): void {
  onRequest(socket, (head) => {
    const offered = /^sec-websocket-protocol: (.*)$/im.exec(head)?.[1]?.trim().split(/,\s*/) ?? [];
    const chosen = offered.find((name) => subprotocols.includes(name));
    const path = head.split(" ")[1] ?? "";
    const line = chosen === undefined ? "" : `\r\nSec-WebSocket-Protocol: ${chosen}`;
    socket.write(`${switching(head).trimEnd()}${line}\r\n\r\n`);
    socket.removeAllListeners("data");
    void converse(new RawWebSocket(new ByteStream(socket)), path);
  });

  async function converse(websocket: RawWebSocket, path: string): Promise<void> {
    const say = (message: string | Buffer): void => {
      const opcode = typeof message === "string" ? opcodes.text : opcodes.binary;
      websocket.send({ opcode, payload: Buffer.from(message), masked: false });
    };
    if (greeting !== undefined) say(greeting);
    for (;;) {
      const next = await websocket.next(5_000);
      if (next.kind !== "frame" || next.frame.opcode === opcodes.close) return websocket[Symbol.dispose]();
      answer(websocket, next.frame, path, say);
    }
  }

  function answer(websocket: RawWebSocket, frame: Frame, path: string, say: (message: string | Buffer) => void): void {
    const replied = reply(frame.payload, frame.opcode === opcodes.text, path);
    if (replied === undefined) return;
    if (typeof replied === "string" || Buffer.isBuffer(replied)) say(replied);
    else websocket.send({ opcode: opcodes.close, payload: closePayload(replied.close), masked: false });
  }
}
