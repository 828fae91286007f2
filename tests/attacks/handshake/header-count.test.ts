import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handshake, handshakeHeaders, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { AttackedProcess } from "../fixtures/attacked-process.ts";

/** A handshake in which so many headers stand before those that ask for the upgrade. */
function crowded(headers: number): string {
  const [host = "", ...upgrade] = handshakeHeaders;
  const crowd = Array.from({ length: headers }, (_, i) => `x${i}: 1`);
  return handshake([host, "Origin: https://chat.example", ...crowd, ...upgrade]);
}

async function statusOf(port: number, request: string): Promise<number> {
  await using client = await RawClient.connect(port);
  client.write(request);
  return (await client.readResponse()).status;
}

describe("attack 3: more headers than the parser keeps", { timeout: 20_000 }, () => {
  test("attack 3: 2,100 headers are answered 431 and end nothing (CVE-2024-37890, R13, R18)", async () => {
    await using gateway = await AttackedProcess.gateway({ limits: { maxHeaderBytes: 1048576 } });
    for (const headers of [95, 101, 1_995, 2_000, 2_100, 20_000]) {
      assert.equal(await statusOf(gateway.port, crowded(headers)), 431, `${headers} headers`);
    }
    assert.equal(await statusOf(gateway.port, crowded(90)), 101, "what a crowded but honest request has");
    await gateway.assertServes();
  });

  test("negative control: ws 8.17.0 ends the process", async () => {
    await using server = await AttackedProcess.start("old/ws-header-count.ts");
    assert.equal(await statusOf(server.port, crowded(90)), 101);
    await using client = await RawClient.connect(server.port);
    client.write(crowded(2_100));
    const { code, stderr } = await server.ended;
    assert.equal(code, 1);
    assert.match(stderr, /TypeError: Cannot read properties of undefined \(reading 'toLowerCase'\)/);
  });
});
