import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handshake, handshakeHeaders, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { AttackedProcess } from "../fixtures/attacked-process.ts";
import { runSeed, SeededRandom } from "../fuzz/seeded-random.ts";

const names = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "__defineGetter__",
  "permessage-deflate",
  "x",
  "",
] as const;
const values = ["", "=1", '="a"', "=__proto__", '="\\"', '="', "=", "=1=2", "==", '="\\\\"', "=\xff"] as const;
const separators = [";", "; ", ",", ", ", ";;", ",,", "\t"] as const;

function randomExtensions(random: SeededRandom): string {
  const parts = Array.from(
    { length: random.between(1, 8) },
    () => `${random.pick(names)}${random.pick(values)}${random.pick(separators)}`,
  );
  return parts.join("");
}

async function answer(
  port: number,
  extensions: string,
): Promise<{ readonly status: number; readonly agreed: boolean }> {
  await using client = await RawClient.connect(port);
  const lines = [...handshakeHeaders, "Origin: https://chat.example", `Sec-WebSocket-Extensions: ${extensions}`];
  client.write(Buffer.from(handshake(lines), "latin1"));
  const { status, headers } = await client.readResponse();
  return { status, agreed: headers.has("sec-websocket-extensions") };
}

describe("attack 6: names of Object.prototype as extensions", { timeout: 30_000 }, () => {
  test("attack 6: no extension's name or parameter harms a gateway, which agrees to none (GHSA-5v72-xg48-5rpm, CVE-2016-10542, CVE-2016-10518, R13)", async (t) => {
    await using gateway = await AttackedProcess.gateway();
    const seed = runSeed();
    const random = new SeededRandom(seed);
    const fuzzed = Array.from({ length: 500 }, () => randomExtensions(random));
    t.diagnostic(`${fuzzed.length} headers, WARDWIRE_SEED=${seed}`);
    for (const extensions of [...names, ...fuzzed]) {
      const { status, agreed } = await answer(gateway.port, extensions);
      assert.ok(status === 101 || status === 400, `${JSON.stringify(extensions)}: ${status}`);
      assert.equal(agreed, false, extensions);
    }
    assert.deepEqual(await answer(gateway.port, "permessage-deflate; client_max_window_bits"), {
      status: 101,
      agreed: false,
    });
    await gateway.assertServes();
  });

  test("negative control: a server that gathers them in an object ends with a TypeError", async () => {
    await using server = await AttackedProcess.start("weak/extensions-by-name.ts");
    assert.equal((await answer(server.port, "permessage-deflate")).status, 101);
    await assert.rejects(answer(server.port, "constructor"));
    const { code, stderr } = await server.ended;
    assert.equal(code, 1);
    assert.match(stderr, /TypeError: extensions\[name\]\.push is not a function/);
  });
});
