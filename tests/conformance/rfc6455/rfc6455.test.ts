import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runSeed, SeededRandom } from "../../attacks/fuzz/seeded-random.ts";
import { closingCases } from "./cases/closing.ts";
import { controlFrameCases } from "./cases/control-frames.ts";
import { fragmentationCases } from "./cases/fragmentation.ts";
import { framingCases, maxMessageBytes } from "./cases/framing.ts";
import { reservedCases } from "./cases/reserved.ts";
import { utf8Cases } from "./cases/utf8.ts";
import { deliveries } from "./delivery.ts";
import { EchoProgram } from "./echo-program.ts";
import { judge } from "./judge.ts";

const subjects = [
  ["framing", framingCases],
  ["control frames", controlFrameCases],
  ["reserved bits and opcodes", reservedCases],
  ["fragmentation", fragmentationCases],
  ["UTF-8", utf8Cases],
  ["closing", closingCases],
] as const;

describe("the real host judged by RFC 6455", { concurrency: 8, timeout: 60_000 }, () => {
  const seed = runSeed();
  const random = new SeededRandom(seed);
  let echo: EchoProgram;

  before(async () => {
    echo = await EchoProgram.start("--max-message-bytes", `${maxMessageBytes}`);
  });
  after(() => echo[Symbol.asyncDispose]());

  for (const [subject, cases] of subjects) {
    describe(subject, { concurrency: 8 }, () => {
      for (const played of cases) {
        const caseSeed = random.between(0, 0xffff_ffff);
        test(played.name, async () => {
          for (const delivery of deliveries) await judge(echo.connect, played, delivery, caseSeed);
        });
      }
    });
  }

  test("no two cases have the same name", (t) => {
    t.diagnostic(`to cut the slices alike again: WARDWIRE_SEED=${seed}`);
    const names = subjects.flatMap(([, cases]) => cases.map(({ name }) => name));
    assert.equal(new Set(names).size, names.length);
  });
});
