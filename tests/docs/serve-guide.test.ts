import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { loadConfiguration } from "../../packages/cli/src/configuration/load.ts";
import { configurationSchema } from "../../packages/cli/src/configuration/schema.ts";
import { temporaryFolder } from "../../packages/cli/test/support/temporary-folder.ts";
import { repositoryRoot } from "../../tools/repository-files.ts";

const guide = readFileSync(join(repositoryRoot, "docs/guide/10-serve.md"), "utf8");
const [, example = ""] = /```yaml\n([^`]+)```/.exec(guide) ?? [];

test("the configuration in docs/guide/10-serve.md is a good one", () => {
  using folder = temporaryFolder();
  writeFileSync(folder.at("wardwire.yaml"), example);
  const loaded = loadConfiguration(folder.at("wardwire.yaml"), {});
  assert.deepEqual(loaded.ok ? [] : loaded.problems, []);
});

test("docs/guide/10-serve.md shows every key at the top of a configuration", () => {
  const { properties = {} } = z.toJSONSchema(configurationSchema, { io: "input" });
  const shown = [...example.matchAll(/^(\w+):/gm)].map(([, key]) => key);
  assert.deepEqual(shown.toSorted(), Object.keys(properties).toSorted());
});
