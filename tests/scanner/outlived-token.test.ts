import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Finding } from "@wardwire/scanner/finding";
import type { ScanOptions } from "@wardwire/scanner/options";
import { look } from "./weak/look.ts";
import type { SessionHabits } from "./weak/session.ts";
import { issueToken } from "./weak/tokens.ts";

/** How long the connection is watched; a minute unless a caller says otherwise. */
const silenceMs = 8_000;
/** Long enough for the first contact, and well before the watch is over. */
const tokenLifeMs = 5_000;

/** What the scan finds of the check that watches a connection to its token's end, and the grade. */
async function watching(
  session: SessionHabits,
  options: ScanOptions = {},
): Promise<{ readonly finding: Finding | undefined; readonly grade: string | null }> {
  const token = issueToken(Date.now() + tokenLifeMs);
  const { findings, grade } = await look({
    habits: { session },
    options: { token, thorough: true, only: ["WW-TOKEN-05"], silenceMs, ...options },
  });
  return { finding: findings.find(({ id }) => id === "WW-TOKEN-05"), grade };
}

describe("a connection whose token ends", { concurrency: true, timeout: 40_000 }, () => {
  test("is a fault where the server keeps it open (R39)", async () => {
    const { finding, grade } = await watching({ outlivesTokens: true });
    assert.equal(finding?.status, "fail");
    assert.match(finding.evidence, /^still open \d\.\d s after the token had ended$/);
    assert.equal(grade, "B");
  });

  test("is none where the server closes it (R39)", async () => {
    const { finding, grade } = await watching({});
    assert.equal(finding?.status, "pass", finding?.evidence);
    assert.match(finding.evidence, /^close 4401, 0\.\d s (after|before) the token (had )?ended$/);
    assert.equal(grade, "A+");
  });

  test("is none in another protocol either, which takes the token in the handshake (R39)", async () => {
    const { finding } = await watching({ speaksMqtt: true });
    assert.equal(finding?.status, "pass", finding?.evidence);
  });

  test("is a fault where a token that ended before is still taken (R39)", async () => {
    const { finding } = await watching({ outlivesTokens: true }, { token: issueToken(Date.now() - 60_000) });
    assert.equal(finding?.status, "fail");
    assert.match(finding.evidence, /^still open 6\d\.\d s after/);
  });
});

describe("nothing is said about a connection", { concurrency: true, timeout: 40_000 }, () => {
  const cases: readonly (readonly [what: string, session: SessionHabits, options: ScanOptions, why: RegExp])[] = [
    ["whose token does not say when it ends", {}, { token: issueToken() }, /no JSON Web Token that says when it ends/],
    ["whose token is opaque", { asksForNoToken: true }, { token: "opaque-token" }, /no JSON Web Token/],
    [
      "whose token ends after the watch is over",
      {},
      { token: issueToken(Date.now() + 3_600_000) },
      /^the token is good for another 3\d\d\d s: give one that ends within 6 s$/,
    ],
    ["that needs no token", { asksForNoToken: true, outlivesTokens: true }, {}, /^strangers are let in/],
    ["that is not asked for", { outlivesTokens: true }, { thorough: false }, /^slow: only with --thorough$/],
  ];
  for (const [what, session, options, why] of cases) {
    test(what, async () => {
      const { finding, grade } = await watching(session, options);
      assert.equal(finding?.status, "skipped");
      assert.match(finding.evidence, why);
      assert.equal(grade, "A+");
    });
  }
});
