import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { defaultThresholds } from "@wardwire/gateway/signals";
import { repositoryRoot } from "../../tools/repository-files.ts";

const guide = readFileSync(join(repositoryRoot, "docs/guide/06-signals.md"), "utf8");
const rows = [...guide.matchAll(/^\| `([\w-]+)` \| ([^|]+) \| ([^|]+) \|$/gm)];

describe("docs/guide/06-signals.md", () => {
  const named = rows.flatMap(([, , , options = ""]) => [...options.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));

  test("names every threshold once in its table, but for the window of all", () => {
    const expected = Object.keys(defaultThresholds).filter((name) => name !== "windowMs");
    assert.deepEqual(named.toSorted(), expected.toSorted());
  });

  test("says the default of each that is a number of something", () => {
    for (const [, signal, raisedAt = "", options = ""] of rows) {
      for (const [, name = ""] of options.matchAll(/`(\w+)`/g)) {
        // Told in words.
        if (name === "tokenNetworksWindowMs") continue;
        const value = defaultThresholds[name as keyof typeof defaultThresholds];
        assert.match(raisedAt, new RegExp(`\\b${value}\\b`), `${signal}: ${name}`);
      }
    }
  });
});
