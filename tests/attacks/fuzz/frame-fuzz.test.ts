import assert from "node:assert/strict";
import { test } from "node:test";
import { closeCodes } from "@wardwire/wire/close-codes";
import { floodCode, randomSequence } from "./frame-grammar.ts";
import { fuzzCount } from "./fuzz-count.ts";
import { FuzzedConnection } from "./fuzzed-connection.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { runSeed, SeededRandom } from "./seeded-random.ts";

const connectionsAtOnce = 8;
/** A connection that survives this many is replaced: it would go on until its error budget is spent. */
const maxPerConnection = 200;

test("raw frame sequences get the documented close code and harm nothing (R23–R26)", {
  timeout: 110_000,
}, async (t) => {
  const seed = runSeed();
  const count = fuzzCount(10_000);
  t.diagnostic(`${count} sequences, WARDWIRE_SEED=${seed}`);
  const tally = new Map<string, number>();
  const startedAt = performance.now();
  let next = 0;
  let opened = 0;
  const held = await GatewayProcess.survives(async ({ port }) => {
    const work = async (): Promise<void> => {
      while (next < count) {
        const nth = opened++;
        const setting = { authenticated: nth % 8 !== 0, calm: nth % 8 === 1 };
        const connection = await FuzzedConnection.open(port, setting.authenticated);
        // Requests are answered in their turn: their errors may be paid for while the next sequence is played.
        let mayOwe = false;
        for (let played = 0, isOpen = true; isOpen && played < maxPerConnection && next < count; played++) {
          const index = next++;
          const sequence = randomSequence(new SeededRandom(seed + index), setting);
          const outcome = await connection.play(sequence);
          const where = `WARDWIRE_SEED=${seed}, sequence ${index} on connection ${nth} (${sequence.made.join(", ")})`;
          assert.ok(
            sequence.allowed.has(outcome) || (mayOwe && outcome === closeCodes.errorBudgetSpent.code),
            `${outcome}, expected ${[...sequence.allowed].join(" or ")}: ${where}`,
          );
          tally.set(`${outcome}`, (tally.get(`${outcome}`) ?? 0) + 1);
          isOpen = outcome === "open";
          mayOwe ||= sequence.allowed.has(closeCodes.errorBudgetSpent.code);
        }
        await connection.ended();
      }
    };
    await Promise.all(Array.from({ length: connectionsAtOnce }, work));
  });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  t.diagnostic(`${seconds} s; outcomes ${JSON.stringify(Object.fromEntries(tally))}; afterwards ${held}`);
  for (const outcome of ["open", 1002, 1003, 1006, 1007, 1009, 4400, 4413]) {
    assert.ok((tally.get(`${outcome}`) ?? 0) > 0, `no sequence ended as ${outcome}: the grammar has lost its reach`);
  }
});

test("the close code for too many fragments is a documented one (R26)", () => {
  const documented: readonly number[] = Object.values(closeCodes).map(({ code }) => code);
  assert.ok(documented.includes(floodCode), `${floodCode} is not in the table of close codes`);
});
