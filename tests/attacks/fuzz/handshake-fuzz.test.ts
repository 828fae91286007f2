import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fuzzCount } from "./fuzz-count.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { exchange, type HandshakeAnswer } from "./handshake-exchange.ts";
import { type FuzzedHandshake, randomHandshake } from "./handshake-grammar.ts";
import { handshakeMutations } from "./handshake-mutations.ts";
import { runSeed, SeededRandom } from "./seeded-random.ts";

/** What a gateway may answer a handshake it refuses (spec §1, and HTTP's own for what is no request). */
const documentedStatuses = new Set([400, 401, 403, 404, 405, 408, 413, 426, 431]);
const sockets = 8;

test("raw handshakes get the documented answer and harm nothing (R13, R14, R18, R20)", {
  timeout: 110_000,
}, async (t) => {
  const seed = runSeed();
  const count = fuzzCount(10_000);
  t.diagnostic(`${count} handshakes, WARDWIRE_SEED=${seed}`);
  const tally = new Map<string, number>();
  const startedAt = performance.now();
  let next = 0;
  const held = await GatewayProcess.survives(async ({ port }) => {
    const work = async (): Promise<void> => {
      while (next < count) {
        const index = next++;
        const random = new SeededRandom(seed + index);
        const handshake = randomHandshake(random, handshakeMutations);
        const answer = await exchange(port, handshake.bytes, random);
        const fault = faultOf(handshake, answer);
        if (fault !== undefined)
          assert.fail(`${fault}: WARDWIRE_SEED=${seed}, handshake ${index}, ${described(handshake)}`);
        const key = `${answer.status ?? "closed"}`;
        tally.set(key, (tally.get(key) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: sockets }, work));
  });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  t.diagnostic(`${seconds} s; answers ${JSON.stringify(Object.fromEntries([...tally].sort()))}; afterwards ${held}`);
  for (const status of [101, 400, 401, 403, 404, 405, 426, 431]) {
    assert.ok((tally.get(`${status}`) ?? 0) > 0, `no handshake was answered ${status}: the grammar has lost its reach`);
  }
});

/** What is wrong with an answer, if anything. */
function faultOf({ verdict, key, bytes }: FuzzedHandshake, answer: HandshakeAnswer): string | undefined {
  const { status, head } = answer;
  if (status === undefined) {
    // Node ends CONNECT and the preface of HTTP/2 without a word; half a request gets none when its peer goes.
    const mayBeSilent =
      verdict !== "accept" && (/^(CONNECT|PRI) /.test(bytes.toString("latin1")) || verdict === "either");
    return mayBeSilent ? undefined : "closed without an answer";
  }
  if (status === 101) {
    if (verdict === "refuse") return "accepted what must be refused";
    if (/^sec-websocket-extensions:/im.test(head)) return "negotiated an extension";
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    return verdict === "either" || head.includes(`\r\nSec-WebSocket-Accept: ${accept}\r\n`)
      ? undefined
      : "wrong accept";
  }
  if (verdict === "accept") return `refused what must be accepted, with ${status}`;
  return documentedStatuses.has(status) ? undefined : `answered ${status}, which is not documented`;
}

function described({ verdict, made, bytes }: FuzzedHandshake): string {
  return `${verdict} (${made.join(", ")}):\n${JSON.stringify(bytes.toString("latin1").slice(0, 2_000))}`;
}
