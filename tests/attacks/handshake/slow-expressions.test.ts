import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handshake, handshakeHeaders, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { oldWsProtocolHeader } from "../fixtures/old/ws-protocol-header.ts";
import { guardedTarget } from "../fixtures/target.ts";

const maxBlockMs = 20;
const attempts = 5;
const fillers = { spaces: " ", commas: ",", quotes: '"', "equals signs": "=", tabs: "\t" };
const headers = [
  "Sec-WebSocket-Protocol",
  "Sec-WebSocket-Extensions",
  "Sec-WebSocket-Key",
  "Sec-WebSocket-Version",
  "Connection",
  "Upgrade",
  "Host",
  "Origin",
  "Authorization",
  "Cookie",
  "X-Forwarded-For",
  "User-Agent",
];

/** A correct handshake but for one header: letters with 14,000 of a character between them. */
function filled(header: string, filler: string): string {
  const others = [...handshakeHeaders, "Origin: https://chat.example"];
  const rest = others.filter((line) => !line.toLowerCase().startsWith(`${header.toLowerCase()}:`));
  return handshake([...rest, `${header}: a${filler.repeat(14_000)}b`]);
}

/** The shortest of some times from the request to the answer: whatever else the machine does makes none shorter. */
async function quickestAnswerMs(port: number, request: string): Promise<number> {
  const times: number[] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    await using client = await RawClient.connect(port);
    const startedAt = performance.now();
    client.write(request);
    await client.readResponse();
    times.push(performance.now() - startedAt);
  }
  return Math.min(...times);
}

describe("attack 4: an expression that takes quadratic time on a header", { timeout: 30_000 }, () => {
  test(`attack 4: 14,000 characters in any header hold the event loop for less than ${maxBlockMs} ms (CVE-2021-32640, R34)`, async (t) => {
    await using target = await guardedTarget({}, "plain");
    let longest = { ms: 0, what: "" };
    for (const header of headers) {
      for (const [name, filler] of Object.entries(fillers)) {
        const ms = await quickestAnswerMs(target.port, filled(header, filler));
        if (ms > longest.ms) longest = { ms, what: `${header} with ${name}` };
      }
    }
    t.diagnostic(`longest ${longest.ms.toFixed(1)} ms: ${longest.what}`);
    assert.ok(longest.ms < maxBlockMs, `${longest.what}: ${longest.ms} ms`);
  });

  test("negative control: ws 7.4.5 takes longer", async (t) => {
    await using target = await oldWsProtocolHeader();
    const ms = await quickestAnswerMs(target.port, filled("Sec-WebSocket-Protocol", " "));
    t.diagnostic(`${ms.toFixed(1)} ms`);
    assert.ok(ms > maxBlockMs, `${ms} ms`);
  });
});
