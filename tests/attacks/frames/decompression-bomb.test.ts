import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clientFrame, opcodes, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { AttackedProcess } from "../fixtures/attacked-process.ts";
import { bombBytes, decompressionBomb } from "../fixtures/decompression-bomb.ts";
import { endsWithin } from "../fixtures/target.ts";

const rsv1 = 4;
const bomb = clientFrame({ opcode: opcodes.text, payload: decompressionBomb(), rsv: rsv1 });
const offers = [
  "permessage-deflate",
  "permessage-deflate; client_max_window_bits=15; server_no_context_takeover",
  "permessage-deflate; client_max_window_bits, permessage-deflate",
  "x-webkit-deflate-frame",
];

/** Opens a WebSocket that offers compression. */
async function offering(port: number, offer: string) {
  const client = await RawClient.connect(port);
  const { headers } = await client.open(["Origin: https://chat.example", `Sec-WebSocket-Extensions: ${offer}`]);
  return { client, negotiated: headers.get("sec-websocket-extensions") };
}

describe("attack 2: a message that inflates to 200 MiB", { timeout: 20_000 }, () => {
  test("attack 2: compression is never agreed to, and a bomb is closed with 1002 uninflated (CVE-2026-1526, CVE-2026-27571, GHSA-9p9m-jm8w-94p2, R28)", async (t) => {
    await using gateway = await AttackedProcess.gateway({ limits: { closeTimeoutMs: 200 } });
    await gateway.assertServes();
    const before = await gateway.peakMiB();
    for (const offer of offers) {
      const { client, negotiated } = await offering(gateway.port, offer);
      assert.equal(negotiated, undefined);
      client.write(bomb);
      assert.equal(await client.readCloseCode(), 1002);
      assert.equal(await endsWithin(client, 5_000), true);
    }
    await gateway.assertServes();
    const growth = (await gateway.peakMiB()) - before;
    t.diagnostic(`${offers.length} bombs of ${bomb.length} bytes: RSS grew by ${growth.toFixed(0)} MiB`);
    assert.ok(growth < 64, `grew by ${growth.toFixed(0)} MiB`);
  });

  test("negative control: a server that agrees and has no bound inflates it", async (t) => {
    await using server = await AttackedProcess.start("weak/inflate-without-bound.ts");
    const before = await server.peakMiB();
    const { client, negotiated } = await offering(server.port, "permessage-deflate");
    assert.match(negotiated ?? "", /permessage-deflate/);
    client.write(bomb);
    // Its answer, compressed or not, comes once it has the whole message.
    assert.equal((await client.readFrame()).opcode, opcodes.text);
    const growth = (await server.peakMiB()) - before;
    t.diagnostic(`RSS grew by ${growth.toFixed(0)} MiB`);
    assert.ok(growth > bombBytes / 1_048_576 / 2, `grew by ${growth.toFixed(0)} MiB`);
    await client[Symbol.asyncDispose]();
  });
});
