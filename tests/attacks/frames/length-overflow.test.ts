import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import { AttackedProcess } from "../fixtures/attacked-process.ts";
import { boundaryLengths, frameHeader } from "../fixtures/frame-header.ts";
import { endsWithin, openAuthenticated, openSession } from "../fixtures/target.ts";

const mask = Buffer.from("12345678", "hex");

describe("attack 8: a frame whose 64-bit length overflows", { timeout: 20_000 }, () => {
  test("attack 8: every boundary length is closed by its header alone (CVE-2026-1528, CVE-2026-27889, R25)", async (t) => {
    await using gateway = await AttackedProcess.gateway({ limits: { closeTimeoutMs: 100 } });
    await gateway.assertServes();
    const before = await gateway.peakMiB();
    const kinds = [opcodes.text, opcodes.binary, opcodes.ping, opcodes.close];
    for (const [name, length] of Object.entries(boundaryLengths)) {
      for (const opcode of kinds) {
        await using client = await openAuthenticated(gateway.port);
        client.write(frameHeader(opcode, length, { masked: true }), mask, "first");
        const code = await client.readCloseCode();
        assert.ok(code === 1009 || code === 1002, `${name}, opcode ${opcode}: closed with ${code}`);
        assert.equal(await endsWithin(client, 5_000), true, name);
      }
    }
    await gateway.assertServes();
    const growth = (await gateway.peakMiB()) - before;
    t.diagnostic(`RSS grew by ${growth.toFixed(0)} MiB`);
    assert.ok(growth < 64, `grew by ${growth.toFixed(0)} MiB`);
  });

  test("negative control: a server that takes memory as announced ends with a RangeError", async () => {
    await using server = await AttackedProcess.start("weak/allocate-as-announced.ts");
    await using client = await openSession(server.port);
    client.write(frameHeader(opcodes.binary, boundaryLengths["2^63"], { masked: true }), mask, "first");
    const { code, stderr } = await server.ended;
    assert.equal(code, 1);
    assert.match(stderr, /RangeError/);
  });
});
