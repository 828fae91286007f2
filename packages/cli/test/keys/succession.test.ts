import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { describe, test } from "node:test";
import { type BundleMemory, checkBundle, emptyBundleMemory } from "@wardwire/crypto/keys/bundle-check";
import { parsePin } from "@wardwire/crypto/keys/pin";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { type Ended, runCommand } from "../support/command.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const origin = "https://chat.example";

/** `wardwire keys NAME` on the keys of a folder of its own; disposing of it deletes them. */
interface Keys extends TemporaryFolder {
  run(name: string, ...words: readonly string[]): Promise<Ended>;
  /** As `run` with `--json`, which has to end well. */
  shown(name: string, ...words: readonly string[]): Promise<{ readonly pins: readonly string[] }>;
}

async function madeKeys(): Promise<Keys> {
  const folder = temporaryFolder();
  const run = (name: string, ...words: readonly string[]) =>
    runCommand(["keys", name, "--folder", folder.at("keys"), "--master-key-file", folder.at("master-key"), ...words]);
  const keys: Keys = {
    ...folder,
    run,
    shown: async (name, ...words) => {
      const { code, stdout, stderr } = await run(name, "--json", ...words);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    },
  };
  await keys.shown("init", "--origin", origin);
  return keys;
}

/** What a client remembers that takes the bundle in the folder, or why it refuses it. */
async function client(
  keys: Keys,
  pins: readonly string[],
  memory: BundleMemory = emptyBundleMemory,
): Promise<BundleMemory | string> {
  const verdict = await checkBundle(nodePrimitives, readFileSync(keys.at("keys/online/bundle.cbor")), {
    pins: pins.map(parsePin),
    origin,
    protocol: 1,
    memory,
    nowMs: Date.now(),
  });
  return "refused" in verdict ? verdict.refused.message : verdict.memory;
}

describe("wardwire keys next (KB-2.4)", () => {
  test("after a stolen identity was revoked it prints the two pins with which a client that remembers goes on (KB-3.3)", async () => {
    using keys = await madeKeys();
    const first = await keys.shown("bundle");
    const remembered = await client(keys, first.pins);
    assert.ok(typeof remembered === "object" && remembered.highestVersion === 2);
    const revoked = await keys.run("revoke", "--identity");
    assert.match(revoked.stdout, /One identity is left: run `wardwire keys next`/);
    // The one that took over goes back to its safe: nothing has to be signed.
    renameSync(keys.at("keys/identity-current"), keys.at("safe"));
    const next = await keys.run("next");
    assert.equal(next.code, 0, next.stderr);
    const pins = [...next.stdout.matchAll(/^(?:next )?pin +(sha256:\S+)$/gm)].map(([, pin = ""]) => pin);
    assert.deepEqual([pins.length, pins[0]], [2, first.pins[1]]);
    assert.match(next.stdout, /Ship both pins, in this order/);
    assert.match(next.stdout, /Take .*identity-next offline/);
    assert.equal(statSync(keys.at("keys/identity-next/identity.key")).mode & 0o777, 0o600);
    const after = await client(keys, pins, remembered);
    assert.ok(typeof after === "object" && after.highestVersion === 3, String(after));

    // And once more, with the identity that `next` has made.
    assert.deepEqual((await keys.shown("revoke", "--identity")).pins, pins.slice(1));
    const last = await client(keys, pins, after);
    assert.deepEqual(typeof last === "object" && last.revokedPins, pins.slice(0, 1));
    assert.match(String(await client(keys, first.pins, after)), /expected a bundle of a pinned identity/);
  });

  test("without a takeover ends with 3, also when the next identity is offline; --replace is for one that is lost", async () => {
    using keys = await madeKeys();
    const { pins } = await keys.shown("bundle");
    for (const words of [[], ["--replace"]]) {
      const { code, stdout, stderr } = await keys.run("next", ...words);
      assert.deepEqual([code, stdout], [3, ""]);
      assert.match(stderr, /there is a next identity already|take it away first/);
    }
    rmSync(keys.at("keys/identity-next"), { recursive: true });
    const away = await keys.run("next");
    assert.equal(away.code, 3);
    assert.ok(away.stderr.includes(pins[1] ?? "?"));
    assert.equal(existsSync(keys.at("keys/identity-next")), false);
    const replaced = await keys.shown("next", "--replace");
    assert.equal(replaced.pins[0], pins[0]);
    assert.notEqual(replaced.pins[1], pins[1]);
  });
});

describe("wardwire keys reseal (KF-4)", () => {
  test("makes the new master key, seals every key file under it and says which; the old one opens nothing any more", async () => {
    using keys = await madeKeys();
    const newKey = keys.at("new-key");
    renameSync(keys.at("keys/identity-next"), keys.at("safe"));
    const { code, stdout, stderr } = await keys.run("reseal", "--new-master-key-file", newKey);
    assert.equal(code, 0, stderr);
    assert.equal(statSync(newKey).mode & 0o777, 0o600);
    assert.match(stdout, /^resealed {2}online\/delegate\.key$/m);
    assert.match(stdout, /^identity-next is not here: bring it, and run this again\.$/m);
    assert.match(stdout, /keep the old one until all is resealed/);
    for (const secret of [newKey, keys.at("master-key")]) {
      assert.ok(!`${stdout}${stderr}`.includes(readFileSync(secret, "utf8").trim()), "R53");
    }
    const refused = await keys.run("rotate");
    assert.deepEqual([refused.code, /sealed under this master key/.test(refused.stderr)], [3, true]);
    renameSync(keys.at("safe"), keys.at("keys/identity-next"));
    const before = readFileSync(newKey);
    const again = await keys.run("reseal", "--new-master-key-file", newKey, "--json");
    assert.deepEqual(readFileSync(newKey), before, "a master key is never written over");
    const { resealed, already } = JSON.parse(again.stdout);
    assert.deepEqual([resealed, already.length], [["identity-next/identity.key"], 4]);
    renameSync(newKey, keys.at("master-key"));
    await keys.shown("rotate", "--delegate");
    await keys.shown("revoke", "--identity");
  });

  test("takes the old master key from the environment too; a third key, the same key and no key change nothing", async () => {
    using keys = await madeKeys();
    const delegate = readFileSync(keys.at("keys/online/delegate.key"));
    const third = Buffer.alloc(32, 9).toString("base64url");
    const reseal = (words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
      runCommand(["keys", "reseal", "--folder", keys.at("keys"), ...words], { env });
    const old = readFileSync(keys.at("master-key"), "utf8");
    const cases: readonly (readonly [words: readonly string[], master: string, code: number, message: RegExp])[] = [
      [["--new-master-key-file", keys.at("new-key")], third, 3, /identity\.key: expected a key file/],
      [["--new-master-key-file", keys.at("master-key")], old, 3, /both master keys are the same/],
      [[], old, 2, /--new-master-key-file/],
      [["--new-master-key-file", keys.at("unused"), "--new-master-key", third], old, 2, /unknown option/],
    ];
    for (const [words, master, code, message] of cases) {
      const ended = await reseal(words, { WARDWIRE_MASTER_KEY: master });
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, message);
      assert.ok(!ended.stderr.includes(master.trim()), "R53");
      assert.deepEqual(readFileSync(keys.at("keys/online/delegate.key")), delegate);
    }
    assert.equal((await reseal(["--new-master-key-file", keys.at("new-key")], { WARDWIRE_MASTER_KEY: old })).code, 0);
    assert.notDeepEqual(readFileSync(keys.at("keys/online/delegate.key")), delegate);
  });
});
