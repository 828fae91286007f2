import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Finding } from "@wardwire/scanner/finding";
import { look } from "./weak/look.ts";
import type { SessionHabits } from "./weak/session.ts";

/** Longer than the pings of the weak server are apart; a minute unless a caller says otherwise. */
const silenceMs = 8_000;

/** What the scan finds when it stays silent, and the grade. */
async function stayingSilent(
  session: SessionHabits,
): Promise<{ readonly finding: Finding | undefined; readonly grade: string | null }> {
  const options = { thorough: true, only: ["WW-LIMIT-11"], silenceMs };
  const { findings, grade } = await look({ habits: { session }, options });
  return { finding: findings.find(({ id }) => id === "WW-LIMIT-11"), grade };
}

describe("a connection on which nothing is sent", { concurrency: true, timeout: 30_000 }, () => {
  test("is a fault where the server leaves it alone (R32)", async () => {
    const { finding, grade } = await stayingSilent({ neverPings: true });
    assert.equal(finding?.status, "fail");
    assert.match(finding.evidence, /^nothing in time after 8\.\d s$/);
    assert.equal(grade, "A");
  });

  test("is none where the server pings (R32)", async () => {
    const { finding, grade } = await stayingSilent({});
    assert.equal(finding?.status, "pass");
    assert.match(finding.evidence, /^ping "" after \d\.\d s$/);
    assert.equal(grade, "A+");
  });
});
