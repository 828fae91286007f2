import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  type BundleMemory,
  type BundleVerdict,
  checkBundle,
  emptyBundleMemory,
} from "@wardwire/crypto/keys/bundle-check";
import { type Pin, pinOf } from "@wardwire/crypto/keys/pin";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { createNextIdentity } from "../../src/server-keys/administration/next-identity.ts";
import { revokeIdentity, rotateDelegate, rotateOnlineKey } from "../../src/server-keys/administration.ts";
import { readBundle, readPins } from "../../src/server-keys/published-bundles.ts";
import { loadIdentity } from "../../src/server-keys/signing-keys.ts";
import { settle } from "../../src/testing/manual-clock.ts";
import { cutOffAfter, type KeyFolder, keyFolder, origin } from "./key-folder.ts";

const conflict = { code: "server-keys-conflict" };

/** What a client with these pins, which remembers this, makes of the bundle in the folder. */
async function verdict(
  { files, clock }: KeyFolder,
  pins: readonly Pin[],
  memory: BundleMemory = emptyBundleMemory,
): Promise<BundleVerdict> {
  const { bytes } = await readBundle(files);
  return await checkBundle(nodePrimitives, bytes, { pins, origin, protocol: 1, memory, nowMs: clock.now() });
}

/** As {@link verdict}, of a client that has to take it; what it remembers from then on. */
async function taken(folder: KeyFolder, pins: readonly Pin[], memory?: BundleMemory): Promise<BundleMemory> {
  const checked = await verdict(folder, pins, memory);
  assert.ok("bundle" in checked, "refused" in checked ? checked.refused.message : "");
  return checked.memory;
}

/** Puts an identity away, as offline media do. */
function takeAway(folder: KeyFolder, name: "identity-current" | "identity-next"): string {
  const safe = join(folder.path, "..", `safe-${readdirSync(join(folder.path, "..")).length}`);
  mkdirSync(safe);
  renameSync(folder.at(name), join(safe, name));
  return join(safe, name);
}

/** Everything in the folder. */
function contents({ path }: KeyFolder): ReadonlyMap<string, Buffer> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name))]));
}

describe("createNextIdentity (KB-2.4)", () => {
  test("after takeovers a client with the pins of the last release and what it remembers takes the bundle (KB-3.3)", async () => {
    using folder = await keyFolder();
    const { store, files } = folder;
    const [first, second] = (await readPins(files)) as [Pin, Pin];
    await rotateOnlineKey(store, folder.now());
    const before = await taken(folder, [first, second]);
    assert.equal(before.highestVersion, 2);
    await revokeIdentity(store, folder.now());
    await createNextIdentity(store);
    const pins = await readPins(files);
    const [current, third] = pins as [Pin, Pin];
    assert.deepEqual([current, pins.length], [second, 2]);
    // Who still has the release before goes on too, and remembers that the first has ended.
    assert.deepEqual((await taken(folder, [first, second], before)).revokedPins, [first]);
    const after = await taken(folder, pins, before);
    assert.equal(after.highestVersion, 3);

    await revokeIdentity(store, folder.now());
    const memory = await taken(folder, [second, third], after);
    assert.deepEqual([memory.highestVersion, memory.revokedPins], [4, [second]]);
    assert.ok("refused" in (await verdict(folder, [first, second], after)), "two takeovers behind");
    await createNextIdentity(store);
    await taken(folder, await readPins(files), memory);

    // Control: what would be left without the command, keys made anew, is refused for its version.
    using anew = await keyFolder(folder.clock);
    const refused = await verdict(anew, await readPins(anew.files), memory);
    assert.ok("refused" in refused);
    assert.match(refused.refused.message, /expected bundle 4 or later, got 1/);
  });

  test("needs neither the current identity nor the delegate, and changes nothing but the pins", async () => {
    using folder = await keyFolder();
    await revokeIdentity(folder.store, folder.now());
    const safe = takeAway(folder, "identity-current");
    folder.files.remove("online/delegate.key");
    const before = contents(folder);
    await createNextIdentity(folder.store);
    const after = contents(folder);
    const changed = [...after.keys()].filter((name) => !before.get(name)?.equals(after.get(name) ?? Buffer.alloc(0)));
    assert.deepEqual(changed.toSorted(), [folder.at("identity-next/identity.key"), folder.at("online/pins")]);
    rmSync(safe, { recursive: true });
    // It is the identity of the pin: it can take over.
    await revokeIdentity(folder.store, folder.now());
  });

  test("makes none beside another, here or away; only one that was lost or copied gives way, by request", async () => {
    using folder = await keyFolder();
    const [current, next] = (await readPins(folder.files)) as [Pin, Pin];
    const before = contents(folder);
    await assert.rejects(createNextIdentity(folder.store), conflict);
    await assert.rejects(createNextIdentity(folder.store, { replace: true }), { message: /take it away first/ });
    assert.deepEqual(contents(folder), before);
    const lost = takeAway(folder, "identity-next");
    await assert.rejects(createNextIdentity(folder.store), { message: new RegExp(`already, ${next}`), ...conflict });
    await createNextIdentity(folder.store, { replace: true });
    const [same, other] = await readPins(folder.files);
    assert.equal(same, current);
    assert.ok(other !== undefined && other !== next);
    // Whoever finds the lost one cannot take over by mistake: applications do not pin it any more.
    const made = takeAway(folder, "identity-next");
    renameSync(lost, folder.at("identity-next"));
    const found = contents(folder);
    await assert.rejects(revokeIdentity(folder.store, folder.now()), { message: new RegExp(next), ...conflict });
    assert.deepEqual(contents(folder), found);
    rmSync(folder.at("identity-next"), { recursive: true });
    renameSync(made, folder.at("identity-next"));
    await revokeIdentity(folder.store, folder.now());
    await taken(folder, [current, other]);
  });

  test("never takes a found identity for the next: a revoked one's thief could revoke the current one (KB-2.3)", async () => {
    using folder = await keyFolder();
    const stolen = takeAway(folder, "identity-current");
    await revokeIdentity(folder.store, folder.now());
    rmSync(folder.at("identity-next"), { recursive: true });
    renameSync(stolen, folder.at("identity-next"));
    const before = contents(folder);
    for (const options of [{}, { replace: true }]) {
      await assert.rejects(createNextIdentity(folder.store, options), { message: /nobody pins: delete/, ...conflict });
      assert.deepEqual(contents(folder), before);
    }
    rmSync(folder.at("identity-next"), { recursive: true });
    await createNextIdentity(folder.store);
  });

  test("nor the current one, where its takeover was cut off before the end; that is finished first", async () => {
    using folder = await keyFolder();
    const { files, store } = folder;
    const keepsNext = { ...files, remove: (name: string) => name.startsWith("online/") && files.remove(name) };
    await revokeIdentity({ ...store, files: keepsNext }, folder.now());
    await assert.rejects(createNextIdentity(store), { message: /finish it with `wardwire keys revoke/, ...conflict });
    await revokeIdentity(store, folder.now());
    await createNextIdentity(store);
    assert.equal((await readPins(files)).length, 2);
  });

  test("cut off anywhere it has pinned nothing, says what is to be deleted, and can be run again", async () => {
    for (const writes of [0, 1]) {
      using folder = await keyFolder();
      const { files, store } = folder;
      await revokeIdentity(store, folder.now());
      const cut = { ...store, files: cutOffAfter(files, writes) };
      await assert.rejects(createNextIdentity(cut), { message: "cut off" });
      assert.equal((await readPins(files)).length, 1, "no pin of what may not be there");
      if (writes > 0) {
        await assert.rejects(createNextIdentity(store), { message: /nobody pins: delete it/, ...conflict });
        files.remove("identity-next/identity.key");
      }
      await createNextIdentity({ ...store, files: cutOffAfter(files, 2) });
      const identity = await loadIdentity(store, "nextIdentity");
      assert.equal(await pinOf(nodePrimitives, identity.publicKey), (await readPins(files))[1]);
      identity.dispose();
    }
  });

  test("a gateway that runs has the pins within 5 seconds, without another bundle", async () => {
    using folder = await keyFolder();
    const { clock, store } = folder;
    const keys = await folder.load();
    keys.start({ clock, onEvent: () => {}, failed: (error) => assert.fail(String(error)) });
    await revokeIdentity(store, folder.now());
    await keys.look();
    const { bundle } = keys;
    assert.equal(keys.pins.length, 1);
    await createNextIdentity(store);
    clock.pass(5_000);
    await settle();
    assert.deepEqual(keys.pins, await readPins(folder.files));
    assert.equal(keys.pins.length, 2);
    assert.equal(keys.bundle, bundle);
    keys.close();
  });
});

describe("rotateDelegate", () => {
  test("after a takeover refuses the identity of before, brought back by mistake; what is published stays as it is", async () => {
    using folder = await keyFolder();
    const old = takeAway(folder, "identity-current");
    await revokeIdentity(folder.store, folder.now());
    const current = takeAway(folder, "identity-current");
    renameSync(old, folder.at("identity-current"));
    const before = contents(folder);
    const [pin] = await readPins(folder.files);
    await assert.rejects(rotateDelegate(folder.store, folder.now()), {
      message: new RegExp(`bring the one of ${pin}`),
      ...conflict,
    });
    assert.deepEqual(contents(folder), before);
    rmSync(folder.at("identity-current"), { recursive: true });
    renameSync(current, folder.at("identity-current"));
    await rotateDelegate(folder.store, folder.now());
  });

  test("refuses the next identity too, brought in the current one's place: it signs nothing before it takes over", async () => {
    using folder = await keyFolder();
    const current = takeAway(folder, "identity-current");
    const next = takeAway(folder, "identity-next");
    renameSync(next, folder.at("identity-current"));
    const before = contents(folder);
    await assert.rejects(rotateDelegate(folder.store, folder.now()), conflict);
    assert.deepEqual(contents(folder), before);
    rmSync(folder.at("identity-current"), { recursive: true });
    renameSync(current, folder.at("identity-current"));
    await rotateDelegate(folder.store, folder.now());
  });
});
