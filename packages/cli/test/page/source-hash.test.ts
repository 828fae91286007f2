import assert from "node:assert/strict";
import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { sourceHash } from "../../src/page/source-hash.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("the hash follows the content of files and folders, and nothing else", () => {
  using folder = temporaryFolder();
  mkdirSync(folder.at("src/deep"), { recursive: true });
  writeFileSync(folder.at("a.ts"), "1");
  writeFileSync(folder.at("src/deep/b.ts"), "2");
  writeFileSync(folder.at("unrelated.ts"), "3");
  const hash = (): string => sourceHash(folder.path, ["src", "a.ts"]);
  const first = hash();
  assert.match(first, /^[0-9a-f]{16}$/);

  utimesSync(folder.at("a.ts"), 1, 1);
  writeFileSync(folder.at("unrelated.ts"), "4");
  assert.equal(hash(), first);

  writeFileSync(folder.at("src/deep/b.ts"), "2 changed");
  const changed = hash();
  assert.notEqual(changed, first);

  writeFileSync(folder.at("src/deep/b.ts"), "2");
  assert.equal(hash(), first);

  renameSync(folder.at("src/deep/b.ts"), folder.at("src/deep/c.ts"));
  assert.notEqual(hash(), first);
});

test("two files do not read as one", () => {
  using folder = temporaryFolder();
  mkdirSync(folder.at("one"));
  mkdirSync(folder.at("two"));
  writeFileSync(folder.at("one/a"), "xy");
  writeFileSync(folder.at("one/b"), "z");
  writeFileSync(folder.at("two/a"), "x");
  writeFileSync(folder.at("two/b"), "yz");
  assert.notEqual(sourceHash(folder.at("one"), ["a", "b"]), sourceHash(folder.at("two"), ["a", "b"]));
});
