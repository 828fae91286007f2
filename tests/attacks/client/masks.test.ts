import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { connect } from "@wardwire/client";
import { WebSocket } from "ws";
import { clientFrame, opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import { connectedReply, HostileGateway, switching } from "./hostile-gateway.ts";
import { MaskedFrames } from "./masked-frames.ts";

const frames = 2_000;

describe("the masks a client sends", { timeout: 30_000 }, () => {
  test("are fresh and random for every frame (R59, RFC 6455 §5.3)", async (t) => {
    const reader = new MaskedFrames();
    const masks: number[] = [];
    await using gateway = await HostileGateway.start({
      received: (bytes, socket) => {
        for (const { mask, payload } of reader.read(bytes)) {
          masks.push(mask);
          socket.write(clientFrame({ opcode: opcodes.text, payload: answerTo(payload), masked: false }));
        }
      },
    });
    const client = await connect(gateway.url, { token: "secret", reconnect: false });
    while (masks.length < frames) await client.call("echo", null);
    await gateway[Symbol.asyncDispose]();
    await client.close();
    t.diagnostic(`${masks.length} masks`);
    assert.deepEqual(faultsOf(masks), []);
  });

  const weak: readonly (readonly [what: string, generateMask: (mask: Buffer) => void, fault: RegExp])[] = [
    ["always the same", (mask) => mask.fill(0x5a), /came before/],
    ["always zero", (mask) => mask.fill(0), /zero/],
    ["a counter", counter(), /bit 31 is set/],
    ["a random byte four times", (mask) => mask.fill(randomBytes(1)), /came before/],
  ];
  for (const [what, generateMask, fault] of weak) {
    test(`negative control: a client whose mask is ${what} is found out`, async () => {
      const reader = new MaskedFrames();
      const masks: number[] = [];
      const enough = Promise.withResolvers<void>();
      await using gateway = await HostileGateway.start({
        answer: (accept) => switching(accept, []),
        received: (bytes) => {
          masks.push(...reader.read(bytes).map(({ mask }) => mask));
          if (masks.length >= frames) enough.resolve();
        },
      });
      const socket = new WebSocket(gateway.url, { generateMask });
      socket.on("open", () => {
        for (let sent = 0; sent < frames; sent += 1) socket.send("x");
      });
      await enough.promise;
      socket.terminate();
      assert.match(faultsOf(masks).join("\n"), fault);
    });
  }
});

/**
 * What is not random about masks. Of 2,000 random ones two are the same once in 2,000 runs, so that two are let pass; a
 * bit is set in half of them, with a standard deviation of 1.1 %.
 */
function faultsOf(masks: readonly number[]): string[] {
  const faults: string[] = [];
  const repeated = masks.length - new Set(masks).size;
  if (repeated > 2) faults.push(`${repeated} masks came before`);
  if (masks.filter((mask) => mask === 0).length > 1) faults.push("some are zero");
  for (let bit = 0; bit < 32; bit += 1) {
    const share = masks.filter((mask) => ((mask >>> bit) & 1) === 1).length / masks.length;
    if (share < 0.42 || share > 0.58) faults.push(`bit ${bit} is set in ${(100 * share).toFixed(0)} %`);
  }
  return faults;
}

function counter(): (mask: Buffer) => void {
  let count = 0;
  return (mask) => {
    count += 1;
    mask.writeUInt32BE(count);
  };
}

/** As much of a gateway as a client needs to send one request after the other. */
function answerTo(payload: Buffer): string {
  const { type, id } = JSON.parse(payload.toString());
  return type === "connect" ? connectedReply(25_000) : JSON.stringify({ type: "result", id, output: null });
}
