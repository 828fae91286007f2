import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { runWardwire, TemporaryFolder } from "../end-to-end/fixtures/wardwire.ts";

const guide = readFileSync(join(repositoryRoot, "docs/guide/13-server-keys.md"), "utf8");
const commands = [...guide.matchAll(/^npx wardwire (.*)$/gm)].map(([, words = ""]) => words.split(" "));

test("the commands of docs/guide/13-server-keys.md, in its order, do what it says (KB-2.4, KF-4)", {
  timeout: 180_000,
}, async () => {
  using folder = new TemporaryFolder();
  const at = (name: string): string => folder.file(name);
  const names = ["keys", "master.key", "new.key"];
  const run = async (words: readonly string[]) => {
    const [group = "", command = "", ...rest] = words;
    const placed = rest.map((word) => (names.includes(word) ? at(word) : word));
    const { code, stdout, stderr } = await runWardwire([group, command, ...placed, "--json"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const rest = ["--folder", "keys", "--master-key-file", "master.key"];
  const made = await run(["keys", "init", ...rest, "--origin", "https://chat.example"]);
  renameSync(at("keys/identity-current"), at("old"));

  const [revoke = [], next = [], reseal = []] = commands;
  assert.deepEqual([commands.length, revoke[1], next[1], reseal[1]], [3, "revoke", "next", "reseal"]);
  assert.equal((await run(revoke)).pins.length, 1);
  renameSync(at("keys/identity-current"), at("taken-over"));
  const { pins, bundle } = await run(next);
  assert.deepEqual([pins[0], pins.length, bundle.version], [made.pins[1], 2, 2]);

  renameSync(at("old"), at("keys/identity-current"));
  const refused = await runWardwire([
    ...["keys", "rotate", "--delegate", "--folder", at("keys"), "--master-key-file", at("master.key")],
  ]);
  assert.deepEqual([refused.code, refused.stderr.includes(`bring the one of ${pins[0]}`)], [3, true]);
  rmSync(at("keys/identity-current"), { recursive: true });

  const first = await run(reseal);
  assert.ok(existsSync(at("new.key")) && first.resealed.includes("identity-next/identity.key"));
  renameSync(at("taken-over"), at("keys/identity-current"));
  const second = await run(reseal);
  assert.deepEqual(
    [second.resealed, second.already.length],
    [["identity-current/identity.key"], first.resealed.length],
  );
  rmSync(at("master.key"));
  await run(["keys", "rotate", "--folder", "keys", "--master-key-file", "new.key", "--delegate"]);

  rmSync(at("keys/identity-next"), { recursive: true });
  assert.match(guide, /`keys next --replace`/);
  const replaced = await run(["keys", "next", "--replace", "--folder", "keys", "--master-key-file", "new.key"]);
  assert.equal(replaced.pins[0], pins[0]);
  assert.ok(!pins.includes(replaced.pins[1]));
});
