import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Progress } from "@wardwire/scanner/options";
import { progressLine } from "../../src/check/progress-line.ts";

const progress: Progress = {
  done: 3,
  total: 71,
  finding: {
    ...{ id: "WW-A-01", title: "A title", status: "pass", severity: "info", requirements: [], sent: "" },
    ...{ evidence: "", why: "", mend: { advice: "" } },
  },
};

/** What is written to a terminal of 40 columns, or to a file, by an update after each of the times. */
function written(isTTY: boolean, ...timesMs: readonly number[]): string {
  const parts: string[] = [];
  let nowMs = 0;
  {
    const stream = { isTTY, columns: 40, write: (part: string) => parts.push(part) };
    using line = progressLine(stream, () => nowMs);
    for (const timeMs of timesMs) {
      nowMs = timeMs;
      line.update("wss://a.example/ws", progress);
    }
  }
  return parts.join("");
}

describe("the progress line", () => {
  it("appears after two seconds, fits the terminal, and vanishes", () => {
    assert.equal(written(true, 100, 1_900), "");
    const [before, line = "", after] = written(true, 2_100).split("\r\u001b[2K");
    assert.deepEqual([before, after], ["", ""]);
    assert.match(line, /^3\/71 {2}wss:\/\/a\.example\/ws {2}A title/);
    assert.ok(line.length < 40);
  });

  it("is never written to what is no terminal", () => assert.equal(written(false, 5_000), ""));
});
