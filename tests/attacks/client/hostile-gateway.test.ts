import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { connect } from "@wardwire/client";
import { clientFrame, opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import { AttackedProcess } from "../fixtures/attacked-process.ts";
import { decompressionBomb } from "../fixtures/decompression-bomb.ts";
import { boundaryLengths, frameHeader } from "../fixtures/frame-header.ts";
import { connectedReply, HostileGateway, type Hostility, switching } from "./hostile-gateway.ts";

const limits = { connectTimeoutMs: 400 };
const maxMs = 5_000;
const maxGrowthMiB = 96;

const frame = (opcode: number, payload: string | Uint8Array = "", more: { fin?: boolean; rsv?: number } = {}) =>
  clientFrame({ opcode, payload, masked: false, ...more });
const text = (payload: string | object) =>
  frame(opcodes.text, typeof payload === "string" ? payload : JSON.stringify(payload));
const connected = text(connectedReply(200));
const bomb = decompressionBomb();

/** Sends the same over and over, as fast as it is taken, until the client hangs up. */
function endlessly(bytes: Buffer): (socket: Socket) => void {
  return (socket) => {
    const lot = Buffer.concat(Array.from({ length: 1_000 }, () => bytes));
    const send = (): void => {
      while (socket.writable && socket.write(lot));
    };
    socket.on("drain", () => setImmediate(send));
    send();
  };
}

function endlessFragments(socket: Socket): void {
  socket.write(frame(opcodes.text, "x", { fin: false }));
  endlessly(frame(opcodes.continuation, "x", { fin: false }))(socket);
}

/** Sends a piece every 20 ms, until the client hangs up. */
function steadily(piece: string | Buffer): (socket: Socket) => void {
  return (socket) => {
    const timer = setInterval(() => socket.write(piece), 20);
    socket.on("close", () => clearInterval(timer));
  };
}

const answers = (...lines: string[]): Hostility => ({ answer: (accept) => switching(accept, lines) });
const deflated = (params = "") => answers(`Sec-WebSocket-Extensions: permessage-deflate${params}`);
const sends = (...frames: readonly Buffer[]): Hostility => ({
  opened: (socket) => socket.write(Buffer.concat(frames)),
});

interface Case {
  readonly what: string;
  readonly hostility: Hostility;
  readonly code: string;
}

const handshakes: readonly Case[] = [
  {
    what: "a window of 1,000 bits (CVE-2026-2229)",
    hostility: answers("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=1000"),
    code: "unreachable",
  },
  { what: "an extension nobody offered", hostility: answers("Sec-WebSocket-Extensions: x-evil"), code: "unreachable" },
  { what: "a subprotocol nobody offered", hostility: answers("Sec-WebSocket-Protocol: evil"), code: "unreachable" },
  { what: "no subprotocol", hostility: answers(), code: "unreachable" },
  {
    what: "a wrong Sec-WebSocket-Accept",
    hostility: { answer: () => switching("AAAAAAAAAAAAAAAAAAAAAAAAAAA=") },
    code: "unreachable",
  },
  {
    what: "a redirect",
    hostility: { answer: () => "HTTP/1.1 307 Away\r\nLocation: ws://127.0.0.1:1/ws\r\nContent-Length: 0\r\n\r\n" },
    code: "handshake-refused",
  },
  {
    what: "headers that never end, slowly",
    hostility: { answer: () => "HTTP/1.1 101 Switching Protocols\r\nX: ", opened: steadily("x") },
    code: "connect-timeout",
  },
  {
    what: "headers that never end, quickly",
    hostility: { answer: () => "HTTP/1.1 101 Switching Protocols\r\n", opened: endlessly(Buffer.from("X: y\r\n")) },
    code: "unreachable",
  },
  { what: "silence behind the handshake", hostility: {}, code: "connect-timeout" },
];

const messages: readonly Case[] = [
  { what: "a masked frame", hostility: sends(clientFrame({ opcode: opcodes.text, payload: "{}" })) },
  { what: "a reserved bit", hostility: sends(frame(opcodes.text, "{}", { rsv: 2 })) },
  { what: "an opcode there is not", hostility: sends(frame(5, "{}")) },
  { what: "text that is not UTF-8", hostility: sends(frame(opcodes.text, Buffer.from("ff", "hex"))) },
  { what: "a close frame of one byte", hostility: sends(frame(opcodes.close, "x")) },
  { what: "a ping of 126 bytes", hostility: sends(frame(opcodes.ping, "x".repeat(126))) },
  {
    what: "a compressed bomb nobody agreed to (CVE-2026-1526)",
    hostility: sends(frame(opcodes.text, bomb, { rsv: 4 })),
  },
  {
    what: "endless fragments (CVE-2026-12151)",
    hostility: { opened: endlessFragments },
  },
  { what: "what is no JSON", hostility: sends(text("{")) },
  { what: "JSON nested too deep", hostility: sends(text(`{"type":"x","x":${"[".repeat(20_000)}`)) },
  { what: "a reply nobody asked for", hostility: sends(connected, text({ type: "result", id: 77, output: 1 })) },
  ...Object.entries(boundaryLengths).map(([name, length]) => ({
    what: `a frame of ${name} bytes (CVE-2026-1528)`,
    hostility: sends(frameHeader(opcodes.binary, length)),
  })),
].map((each) => ({ ...each, code: "protocol-violation" }));

const ping = frame(opcodes.ping, "?");
const floods: readonly Case[] = [
  {
    what: "endless pings of which no pong is read",
    hostility: { opened: (socket) => endlessly(ping)(socket.pause()) },
    code: "connection-lost",
  },
  {
    what: "steady pings instead of frames",
    hostility: {
      opened: (socket) => {
        socket.write(connected);
        steadily(ping)(socket);
      },
    },
    code: "heartbeat-lost",
  },
];

/** The code the client ends with, how long that took and how much it grew. */
async function endOf(
  hostility: Hostility,
): Promise<{ readonly code: string; readonly ms: number; readonly grownMiB: number }> {
  await using gateway = await HostileGateway.start(hostility);
  const startedAt = performance.now();
  const before = process.memoryUsage.rss();
  const code = await reasonOf(gateway);
  const grownMiB = (process.memoryUsage.rss() - before) / 1_048_576;
  assert.equal(gateway.handshakes.length, 1);
  return { code, ms: performance.now() - startedAt, grownMiB };
}

async function reasonOf({ url }: HostileGateway): Promise<string> {
  const ended = Promise.withResolvers<string>();
  const connecting = connect(url, { token: "secret", reconnect: false, limits });
  connecting.then(
    (client) => {
      const look = (): void => {
        if (client.state.phase === "closed") ended.resolve(client.state.reason.code);
      };
      client.addEventListener("state", look);
      look();
    },
    (error: { readonly code: string }) => ended.resolve(error.code),
  );
  return ended.promise;
}

describe("attack 9: a gateway that attacks its clients", { timeout: 60_000 }, () => {
  for (const { what, hostility, code } of [...handshakes, ...messages, ...floods]) {
    test(`attack 9: ${what} ends a client with ${code}, soon and without growth (R58)`, async () => {
      const end = await endOf(hostility);
      assert.equal(end.code, code);
      assert.ok(end.ms < maxMs, `${end.ms} ms`);
      assert.ok(end.grownMiB < maxGrowthMiB, `grew by ${end.grownMiB} MiB`);
    });
  }

  test("attack 9: a gateway that keeps to the protocol is connected to", async () => {
    await using gateway = await HostileGateway.start(sends(connected));
    const client = await connect(gateway.url, { token: "secret", reconnect: false });
    assert.equal(client.state.phase, "connected");
    const closing = client.close();
    await gateway[Symbol.asyncDispose]();
    await closing;
  });
});

describe("negative control: undici 7.20.0", { timeout: 30_000 }, () => {
  const crashes = [
    [
      "a window of 1,000 bits (CVE-2026-2229)",
      { ...deflated("; server_max_window_bits=1000"), ...sends(frame(opcodes.text, "x", { rsv: 4 })) },
      /RangeError .*windowBits/,
    ],
    [
      "a frame of 2^55 bytes (CVE-2026-1528)",
      { ...answers(), ...sends(frameHeader(opcodes.binary, boundaryLengths["2^55"])) },
      /TypeError: Cannot read properties of undefined/,
    ],
  ] as const;
  for (const [what, hostility, fault] of crashes) {
    test(`the process ends by ${what}`, async () => {
      await using gateway = await HostileGateway.start(hostility);
      await using client = await AttackedProcess.start("old/undici-client.ts", { args: [gateway.url] });
      const { code, stderr } = await client.ended;
      assert.equal(code, 1);
      assert.match(stderr, fault);
    });
  }

  const growths = [
    [
      "a compressed bomb (CVE-2026-1526)",
      { ...deflated(), ...sends(frameHeader(opcodes.text, BigInt(bomb.length), { rsv1: true }), bomb) },
    ],
    ["endless fragments (CVE-2026-12151)", { ...answers(), opened: endlessFragments }],
  ] as const;
  for (const [what, hostility] of growths) {
    test(`it grows by ${what}`, async (t) => {
      await using gateway = await HostileGateway.start(hostility);
      await using client = await AttackedProcess.start("old/undici-client.ts", { args: [gateway.url] });
      const before = await client.peakMiB();
      let grown = 0;
      while (grown < 2 * maxGrowthMiB) grown = (await client.peakMiB()) - before;
      t.diagnostic(`RSS grew by ${grown.toFixed(0)} MiB`);
    });
  }
});
