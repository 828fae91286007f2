import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readServerKey } from "../../src/connection/server-key.ts";

const current = `sha256:${"a".repeat(42)}A`;
const next = `sha256:${"-_".repeat(21)}A`;

describe("--server-key", () => {
  it("is nothing, the current pin, or the current and the next in this order (KB-2.1)", () => {
    assert.equal(readServerKey([], undefined), undefined);
    assert.equal(readServerKey([current], undefined), current);
    assert.deepEqual(readServerKey([current, next], "sealed"), [current, next]);
  });

  it("has to be there for --require sealed, so that nobody believes to be sealed who is not (SR-2)", () => {
    assert.throws(() => readServerKey([], "sealed"), { code: "usage", message: /expected --server-key PIN/ });
    assert.equal(readServerKey([current], "sealed"), current);
  });

  it("is refused when it is no pin, wherever it stands", () => {
    const wrong = ["", current.slice(7), current.slice(0, -1), `${current}A`, current.toUpperCase(), `${current} `];
    for (const text of wrong) {
      for (const pins of [[text], [current, text]]) {
        assert.throws(() => readServerKey(pins, undefined), { code: "usage", message: /sha256: and 43 characters/ });
      }
    }
  });

  it("is refused when there are three", () => {
    assert.throws(() => readServerKey([current, next, current], undefined), { code: "usage", message: /at most two/ });
  });
});
