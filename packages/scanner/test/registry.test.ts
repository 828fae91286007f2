import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { checks } from "../src/checks/registry.ts";

const folder = join(import.meta.dirname, "../src/checks");

describe("every check", () => {
  test("has an id of its own", () => {
    assert.equal(new Set(checks.map(({ id }) => id)).size, checks.length);
    for (const { id } of checks)
      assert.match(id, /^WW-(TLS|CERT|TRANSPORT|HANDSHAKE|ORIGIN|FRAME|LIMIT|TOKEN|HEADER)-\d\d$/);
  });

  test("that a file declares stands in the registry", () => {
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => readFileSync(join(folder, path), "utf8"));
    const declared = sources.flatMap((source) => [...source.matchAll(/\bid: "(WW-[\w-]+)"/g)].map(([, id]) => id));
    assert.deepEqual(declared.toSorted(), checks.map(({ id }) => id).toSorted());
  });

  test("names requirements, says why it matters and how to mend it", () => {
    for (const { id, title, requirements, why, mend } of checks) {
      assert.ok(
        requirements.some((each) => /^(R\d+|RFC \d+ )/.test(each)),
        `${id}: ${requirements.join(", ")}`,
      );
      assert.match(title, /^[A-Z].*[^.]$/, id);
      assert.match(why, /\.$/, id);
      assert.match(mend.advice, /\.$/, id);
    }
  });

  test("that attacks or waits is not run by default (1.H)", () => {
    const modes = (mode: string) => checks.filter((check) => check.mode === mode).map(({ id }) => id);
    assert.deepEqual(modes("thorough"), ["WW-LIMIT-11", "WW-TOKEN-05"]);
    assert.deepEqual(
      modes("active"),
      ["04", "05", "06", "07", "08", "09"].map((at) => `WW-LIMIT-${at}`),
    );
  });
});
