import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { defaultLimits } from "@wardwire/gateway/options";
import { repositoryRoot } from "../../tools/repository-files.ts";

const guide = readFileSync(join(repositoryRoot, "docs/guide/04-limits.md"), "utf8");
const rows = [...guide.matchAll(/^\| [^|]+ \| `(\w+)` \| ([\d,]+) \| [^|]+ \|$/gm)];

test("docs/guide/04-limits.md lists every limit once, with its default, and no other", () => {
  const listed = rows.map(([, name = "", value = ""]) => [name, Number(value.replaceAll(",", ""))]);
  const inCode = Object.entries(defaultLimits);
  assert.deepEqual(listed.toSorted(), inCode.toSorted());
});
