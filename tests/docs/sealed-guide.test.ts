import assert from "node:assert/strict";
import { readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { runWardwire, TemporaryFolder } from "../end-to-end/fixtures/wardwire.ts";

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
const guide = read("docs/guide/sealed-channels.md");

describe("docs/guide/sealed-channels.md", { timeout: 180_000 }, () => {
  test("tells how keys are made, taken offline, renewed and replaced, as it is done (KB-1.6, KB-2.2)", async () => {
    using folder = new TemporaryFolder();
    const at = (name: string): string => folder.file(name);
    const inFolder = (word: string): string => (["keys", "master.key"].includes(word) ? at(word) : word);
    const [, init = ""] = /```sh\nnpx wardwire (.*)\n```/.exec(guide) ?? [];
    const [command = "", ...words] = init.split(" ");
    const made = await runWardwire([command, ...words.map(inFolder)]);
    assert.equal(made.code, 0, made.stderr);
    const [, bytes = ""] = /bundle has ([\d,]+) bytes/.exec(guide) ?? [];
    assert.equal(statSync(at("keys/online/bundle.cbor")).size, Number(bytes.replace(",", "")));

    const keys = (...how: readonly string[]) =>
      runWardwire(["keys", ...how, "--folder", at("keys"), "--master-key-file", at("master.key"), "--json"]);
    for (const name of ["identity-current", "identity-next"]) renameSync(at(`keys/${name}`), at(name));
    for (const word of ["rotate", "bundle"]) assert.equal((await keys(word)).code, 0, word);
    for (const how of [
      ["rotate", "--delegate"],
      ["revoke", "--identity"],
    ]) {
      const { code, stderr } = await keys(...how);
      assert.equal(code, 3, how.join(" "));
      assert.match(stderr, /bring an identity back/);
    }

    renameSync(at("identity-current"), at("keys/identity-current"));
    const { pins } = JSON.parse((await keys("rotate", "--delegate")).stdout);
    renameSync(at("identity-next"), at("keys/identity-next"));
    const revoked = JSON.parse((await keys("revoke", "--identity")).stdout);
    assert.deepEqual(revoked.pins, [pins[1]]);
    const again = JSON.parse((await keys("revoke", "--kid", revoked.keys[0].kid)).stdout);
    assert.deepEqual(again.bundle.revokedKids, [revoked.keys[0].kid]);
  });

  test("names errors, close codes, events and metrics that there are", () => {
    const errors = read("docs/errors.md");
    const rows = guide.slice(guide.indexOf("## When it does not work")).matchAll(/^\| ([^|]+) \|/gm);
    const codes = [...rows].flatMap(([, cell = ""]) => cell.match(/[a-z]+(-[a-z]+)+|clock|truncated|\d{4}/g) ?? []);
    assert.deepEqual(codes.length, 7);
    for (const code of codes) assert.ok(errors.includes(`| \`${code}\` |`), code);
    const events = read("packages/gateway/src/observe/events.ts");
    for (const event of ["server-keys", "sealed-failed"]) {
      assert.ok(guide.includes(`\`${event}\``) && events.includes(`readonly event: "${event}"`), event);
    }
    const metrics = read("docs/guide/06-signals.md");
    for (const [name] of guide.matchAll(/wardwire_\w+/g)) assert.ok(metrics.includes(`\`${name}\``), name);
  });
});
