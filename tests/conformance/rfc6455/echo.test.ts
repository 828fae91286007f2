import assert from "node:assert/strict";
import { createHash, type Hash, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { clientFrame, closeFrame, opcodes, type RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { EchoProgram, echoCommand } from "./echo-program.ts";

const mebibyte = 1_048_576;

describe("the conformance echo", { concurrency: 3, timeout: 60_000 }, () => {
  for (const parameters of [[], ["--plain"]]) {
    test(`accepts any path, origin and subprotocol, negotiates nothing: ${parameters.join() || "over TLS"}`, async () => {
      await using echo = await EchoProgram.start(...parameters);
      await using client = await echo.connect();
      const { headers } = await client.open([
        "Origin: https://anywhere.example",
        "Sec-WebSocket-Protocol: chat, superchat",
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover, x-constructor",
      ]);
      assert.equal(headers.get("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assert.equal(headers.has("sec-websocket-protocol"), false);
      assert.equal(headers.has("sec-websocket-extensions"), false);
      assert.equal(new URL(echo.url).protocol, parameters.length === 0 ? "wss:" : "ws:");
    });
  }

  test("sends back messages of 1 to 16 MiB, and closes one byte more with 1009", async () => {
    await using echo = await EchoProgram.start("--plain");
    await using client = await opened(echo);
    for (const size of [mebibyte, 4 * mebibyte, 16 * mebibyte]) {
      const payload = randomBytes(size);
      client.write(clientFrame({ opcode: opcodes.binary, payload }));
      const answer = await client.readFrame();
      assert.equal(answer.opcode, opcodes.binary);
      assert.ok(answer.payload.equals(payload), `${size} bytes`);
    }
    client.write(clientFrame({ opcode: opcodes.binary, payload: Buffer.alloc(16 * mebibyte + 1) }));
    assert.equal(await client.readCloseCode(), 1009);
  });

  test("takes 4 MiB in 65,536 fragments, and 1 MiB in pieces of 64 bytes", async () => {
    await using echo = await EchoProgram.start();
    await using client = await opened(echo);
    const payload = Buffer.alloc(4 * mebibyte, "fragment");
    const count = payload.length / 64;
    for (let i = 0; i < count; i++) {
      const opcode = i === 0 ? opcodes.text : opcodes.continuation;
      const fin = i === count - 1;
      client.socket.write(clientFrame({ opcode, payload: payload.subarray(i * 64, (i + 1) * 64), fin }));
    }
    assert.ok((await client.readFrame()).payload.equals(payload));
    const message = clientFrame({ opcode: opcodes.binary, payload: payload.subarray(0, mebibyte) });
    for (let start = 0; start < message.length; start += 64) {
      const piece = message.subarray(start, start + 64);
      await new Promise((written) => client.socket.write(piece, written));
    }
    assert.ok((await client.readFrame()).payload.equals(payload.subarray(0, mebibyte)));
  });

  test("keeps to --max-message-bytes", async () => {
    await using echo = await EchoProgram.start("--plain", "--max-message-bytes", "1000");
    await using client = await opened(echo);
    client.write(clientFrame({ opcode: opcodes.text, payload: "x".repeat(1_000) }));
    assert.equal((await client.readFrame()).payload.length, 1_000);
    client.write(clientFrame({ opcode: opcodes.text, payload: "x".repeat(1_001) }));
    assert.equal(await client.readCloseCode(), 1009);
  });

  test("stops reading from a peer that does not read, and loses nothing once it does", async () => {
    await using echo = await EchoProgram.start("--plain");
    await using client = await opened(echo);
    client.socket.pause();
    const sent = createHash("sha256");
    const total = 96;
    for (let i = 0; i < total; i++) sendPart(client, sent, i);
    client.write(closeFrame(1000));
    // Loopback buffers hold some MiB; were the echo still reading, everything would have gone.
    await new Promise((stuck) => client.socket.setTimeout(500, () => stuck(undefined)));
    assert.ok(client.socket.writableLength > 32 * mebibyte, `${client.socket.writableLength} bytes are waiting`);
    client.socket.resume();
    const received = createHash("sha256");
    for (let i = 0; i < total; i++) received.update((await client.readFrame()).payload);
    assert.equal(received.digest("hex"), sent.digest("hex"));
    assert.equal(await client.readCloseCode(), 1000);
  });

  test("ends with 0 on SIGTERM, with a connection open", async () => {
    const echo = await EchoProgram.start();
    await using client = await opened(echo);
    const { code, signal, stderr } = await echo.stop();
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
    await client.closed;
  });

  for (const [what, parameters] of [
    ["no port", []],
    ["a port that is none", ["--port", "70000"]],
    ["an empty port", ["--port", ""]],
    ["a limit of 0", ["--port", "0", "--max-message-bytes", "0"]],
    ["an option it does not have", ["--port", "0", "--origin", "x"]],
    ["a word too many", ["--port", "0", "9001"]],
  ] as const) {
    test(`says how to call it, with exit code 2, when given ${what}`, async () => {
      const { code, stdout, stderr } = await echoCommand(...parameters).ended;
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
      assert.match(stderr, /usage: npm run conformance:echo -- --port N/);
    });
  }

  test("says so, with exit code 1, when the port is taken", async () => {
    await using echo = await EchoProgram.start("--plain");
    const { code, stderr } = await echoCommand("--plain", "--port", new URL(echo.url).port).ended;
    assert.equal(code, 1);
    assert.match(stderr, /port/);
  });
});

async function opened(echo: EchoProgram): Promise<RawClient> {
  const client = await echo.connect();
  await client.open();
  return client;
}

function sendPart(client: RawClient, sent: Hash, seed: number): void {
  const payload = Buffer.alloc(mebibyte, seed);
  sent.update(payload);
  client.socket.write(clientFrame({ opcode: opcodes.binary, payload }));
}
