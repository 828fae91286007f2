import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type BundleVerdict, checkBundle, emptyBundleMemory } from "@wardwire/crypto/keys/bundle-check";
import { parsePin } from "@wardwire/crypto/keys/pin";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { runCommand } from "../support/command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const origin = "https://chat.example";

/** What `wardwire keys …` prints under `--json`. */
interface Shown {
  readonly pins: readonly string[];
  readonly bundle: { readonly version: number; readonly origins: readonly string[]; readonly revokedKids: string[] };
  readonly keys: readonly { readonly kid: string; readonly notBefore: string }[];
}

describe("wardwire keys", async () => {
  const temporary = temporaryFolder();
  const place = temporary.path;
  after(() => temporary[Symbol.dispose]());
  const master = join(place, "master-key");
  const folder = join(place, "keys");
  const keys = (name: string, ...words: readonly string[]) => runCommand(["keys", name, "--folder", folder, ...words]);
  const sealed = (name: string, ...words: readonly string[]) =>
    keys(name, "--master-key-file", master, "--json", ...words);
  const shown = async (running: ReturnType<typeof keys>): Promise<Shown> => {
    const { code, stdout, stderr } = await running;
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };

  /** What a client with these pins makes of the bundle in the folder. */
  const verdict = (pins: readonly string[]): Promise<BundleVerdict> =>
    checkBundle(nodePrimitives, readFileSync(join(folder, "online/bundle.cbor")), {
      pins: pins.map(parsePin),
      origin,
      protocol: 1,
      memory: emptyBundleMemory,
      nowMs: Date.now(),
    });

  const first = await shown(sealed("init", "--origin", origin));

  test("init makes two identities and a bundle that a client with their pins takes (KB-2.1)", async () => {
    assert.equal(first.pins.length, 2);
    const { keys: published, bundle } = first;
    assert.deepEqual([bundle.version, bundle.origins, published.length], [1, [origin], 2]);
    const checked = await verdict(first.pins);
    assert.ok("bundle" in checked, "refused" in checked ? checked.refused.message : "");
    assert.equal(Buffer.from(checked.bundle.kid).toString("hex"), published[0]?.kid);
  });

  test("every file is its owner's only, and the two identities lie apart (KF-3)", () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.deepEqual(files.map(({ name }) => name).filter((name) => name === "identity.key").length, 2);
    for (const { parentPath, name } of files) {
      assert.equal(statSync(join(parentPath, name)).mode & 0o777, 0o600, name);
    }
    assert.equal(statSync(master).mode & 0o777, 0o600);
  });

  test("init never writes over keys", async () => {
    const before = readFileSync(join(folder, "identity-current/identity.key"));
    const { code, stderr } = await sealed("init", "--origin", origin);
    assert.equal(code, 3);
    assert.match(stderr, /there are keys in .* already/);
    assert.deepEqual(readFileSync(join(folder, "identity-current/identity.key")), before);
  });

  test("show needs no master key, and prints nothing of a secret (R53)", async () => {
    const { code, stdout } = await keys("show");
    assert.equal(code, 0);
    for (const pin of first.pins) assert.ok(stdout.includes(pin));
    assert.ok(!stdout.includes(readFileSync(master, "utf8").trim()));
  });

  test("rotate publishes a next key and keeps those in use; bundle signs the same anew (KB-1.6)", async () => {
    const rotated = await shown(sealed("rotate"));
    assert.equal(rotated.bundle.version, 2);
    assert.deepEqual(rotated.keys.slice(0, 2), first.keys);
    assert.equal(rotated.keys.length, 3);
    const again = await shown(sealed("bundle", "--origin", origin, "--origin", "https://two.example"));
    assert.equal(again.bundle.version, 3);
    assert.deepEqual(again.keys, rotated.keys);
    assert.deepEqual(again.bundle.origins, [origin, "https://two.example"]);
    assert.ok("bundle" in (await verdict(first.pins)));
  });

  test("rotate --delegate certifies another delegate of the same identity", async () => {
    const before = readFileSync(join(folder, "online/delegate.cert"));
    await shown(sealed("rotate", "--delegate"));
    assert.notDeepEqual(readFileSync(join(folder, "online/delegate.cert")), before);
    assert.ok("bundle" in (await verdict(first.pins.slice(0, 1))));
  });

  test("revoke --kid replaces a key at once, and erases its file (KB-3.4)", async () => {
    const kid = first.keys[0]?.kid ?? "";
    const revoked = await shown(sealed("revoke", "--kid", kid));
    assert.deepEqual(revoked.bundle.revokedKids, [kid]);
    assert.ok(!revoked.keys.some((key) => key.kid === kid));
    assert.equal(existsSync(join(folder, "online", `${kid}.key`)), false);
    const checked = await verdict(first.pins);
    assert.ok("bundle" in checked && Buffer.from(checked.bundle.kid).toString("hex") !== kid);
    const unknown = await sealed("revoke", "--kid", kid);
    assert.equal(unknown.code, 3);
    assert.match(unknown.stderr, /is not published/);
  });

  test("a wrong master key, and one that others can read, end with 3; the message holds nothing of it (R53)", async () => {
    const other = Buffer.alloc(32, 9).toString("base64url");
    const wrong = await runCommand(["keys", "rotate", "--folder", folder], { env: { WARDWIRE_MASTER_KEY: other } });
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /sealed under this master key/);
    const malformed = await runCommand(["keys", "rotate", "--folder", folder], {
      env: { WARDWIRE_MASTER_KEY: `${other}?` },
    });
    assert.equal(malformed.code, 3);
    assert.ok(!`${wrong.stderr}${malformed.stderr}`.includes(other));
    assert.equal((await keys("rotate")).code, 3, "no master key at all");
    const readable = join(place, "readable");
    writeFileSync(readable, other);
    chmodSync(readable, 0o644);
    const open = await keys("rotate", "--master-key-file", readable);
    assert.match(open.stderr, /open to other users/);
    const fromEnvironment = readFileSync(master, "utf8");
    const right = await runCommand(["keys", "bundle", "--folder", folder], {
      env: { WARDWIRE_MASTER_KEY: fromEnvironment },
    });
    assert.equal(right.code, 0, right.stderr);
  });

  test("a key file that others can read is refused (KF-3)", async () => {
    const delegate = join(folder, "online/delegate.key");
    chmodSync(delegate, 0o640);
    const { code, stderr } = await sealed("rotate");
    chmodSync(delegate, 0o600);
    assert.equal(code, 3);
    assert.match(stderr, /chmod 600/);
  });

  test("show of what is no bundle ends with 3 and says so", async () => {
    const bundle = join(folder, "online/bundle.cbor");
    const content = readFileSync(bundle);
    writeFileSync(bundle, content.subarray(0, 100));
    const { code, stderr } = await keys("show");
    writeFileSync(bundle, content);
    assert.equal(code, 3);
    assert.match(stderr, /the key bundle: expected deterministic CBOR/);
    assert.equal((await runCommand(["keys", "show", "--folder", join(place, "none")])).code, 3);
  });

  test("what it does not understand ends with 2", async () => {
    for (const words of [
      ["keys", "init", "--folder", join(place, "none")],
      ["keys", "init", "--origin", "http://chat.example"],
      ["keys", "revoke", "--folder", folder],
      ["keys", "revoke", "--folder", folder, "--kid", "xyz"],
      ["keys", "revoke", "--folder", folder, "--identity", "--kid", "0011223344556677"],
      ["keys", "show", "--master-key", "abc"],
    ]) {
      assert.equal((await runCommand(words)).code, 2, words.join(" "));
    }
  });

  test("a full bundle takes no next key, and leaves no file behind; a revocation finds room in it (KB-2.2)", async () => {
    const files = () => readdirSync(join(folder, "online")).filter((name) => name.endsWith(".key"));
    let rotated = await sealed("rotate");
    for (let count = 0; count < 8 && rotated.code === 0; count += 1) rotated = await sealed("rotate");
    assert.equal(rotated.code, 3);
    assert.match(rotated.stderr, /a bundle holds 8 keys, and it is full/);
    const before = await shown(keys("show", "--json"));
    assert.equal(files().length, 1 + before.keys.length, "the delegate and the online keys");
    const [kid] = before.keys.map((key) => key.kid);
    assert.equal((await shown(sealed("revoke", "--kid", kid ?? ""))).keys.length, 8);
  });

  test("revoke --identity hands over to the next one: its pin alone counts from then on (KB-2.2)", async () => {
    // The bundle is full from the test before, and a new key begins at once all the same.
    const { pins, keys: online } = await shown(sealed("revoke", "--identity"));
    assert.equal(online.length, 8);
    assert.deepEqual(pins, first.pins.slice(1));
    assert.equal(existsSync(join(folder, "identity-next/identity.key")), false);
    const checked = await verdict(first.pins);
    assert.ok("bundle" in checked);
    assert.deepEqual(checked.memory.revokedPins, first.pins.slice(0, 1));
    assert.ok("refused" in (await verdict(first.pins.slice(0, 1))));
    // The identity that took over certifies a delegate; the bundle has no room for a key, but is signed anew.
    assert.equal((await shown(sealed("rotate", "--delegate"))).keys.length, 8);
    assert.ok("bundle" in (await verdict(first.pins)));
  });

  test("revoke --identity finishes what a run before it, cut off, had begun (KB-2.3)", async () => {
    // As though the last step, moving the identity, had not been reached.
    renameSync(join(folder, "identity-current/identity.key"), join(folder, "identity-next/identity.key"));
    await shown(sealed("revoke", "--identity"));
    assert.ok(existsSync(join(folder, "identity-current/identity.key")));
    const checked = await verdict(first.pins);
    assert.ok("bundle" in checked);
    assert.deepEqual(checked.memory.revokedPins, first.pins.slice(0, 1));
  });
});
