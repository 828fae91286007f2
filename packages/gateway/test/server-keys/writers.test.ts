import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseBundle } from "@wardwire/crypto/keys/bundle";
import { checkBundle, emptyBundleMemory } from "@wardwire/crypto/keys/bundle-check";
import type { Pin } from "@wardwire/crypto/keys/pin";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import {
  createKeys,
  revokeIdentity,
  rotateDelegate,
  rotateOnlineKey,
  signBundleAnew,
} from "../../src/server-keys/administration.ts";
import type { KeyFiles } from "../../src/server-keys/key-files.ts";
import { loadServerKeys } from "../../src/server-keys/load-server-keys.ts";
import { memoryFiles } from "../../src/server-keys/memory-files.ts";
import { readBundle, readPins } from "../../src/server-keys/published-bundles.ts";
import { StoredServerKeys } from "../../src/server-keys/stored-server-keys.ts";
import { ManualClock, settle } from "../../src/testing/manual-clock.ts";
import { cutOffAfter, type KeyFolder, keyFolder, origin } from "./key-folder.ts";

const script = fileURLToPath(new URL("./sign-repeatedly.ts", import.meta.url));
const hourMs = 3_600_000;

describe("several writers of one folder", () => {
  test("are one after the other: of three processes that sign bundles, none writes over another's", {
    timeout: 60_000,
  }, async () => {
    // Other processes have the machine's clock.
    const clock = new ManualClock();
    clock.wallStepMs = Date.now() - clock.now();
    using folder = await keyFolder(clock);
    const { path, masterKeyFile } = folder;
    const times = 12;
    const words = ["--conditions=@wardwire/source", script, path, masterKeyFile, `${times}`];
    const writers = Array.from({ length: 3 }, () => spawn(process.execPath, words, { stdio: "inherit" }));
    // Whoever reads meanwhile finds what belongs together.
    let isWriting = true;
    const ended = Promise.all(writers.map((writer) => once(writer, "close"))).finally(() => {
      isWriting = false;
    });
    let reads = 0;
    while (isWriting) {
      (await loadServerKeys(path, { masterKeyFile })).close();
      reads += 1;
      // Nothing in it waits for the disk: the ends of the others would never be heard.
      await settle();
    }
    assert.deepEqual(
      (await ended).map(([code]) => code),
      [0, 0, 0],
    );
    assert.equal(parseBundle(readFileSync(folder.at("online/bundle.cbor"))).version, 1 + 3 * times);
    assert.ok(reads > 1);
    assert.deepEqual(
      readdirSync(folder.at("online")).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });

  test("wait for each other in one process too; without the lock one bundle would be lost", async () => {
    const versionAfterTwo = async (files: KeyFiles): Promise<number> => {
      const store = { files, master: SecretBytes.random(32) };
      await createKeys(store, [origin], 1_800_000_000);
      const sign = (): Promise<void> => signBundleAnew(store, undefined, 1_800_000_001);
      await Promise.all([sign(), sign()]);
      return (await readBundle(files)).bundle.version;
    };
    assert.equal(await versionAfterTwo(memoryFiles()), 3);
    const unlocked = { ...memoryFiles(), lock: () => ({ [Symbol.dispose]: () => {} }) };
    assert.equal(await versionAfterTwo(unlocked), 2);
  });

  test("gateways on one folder agree on every bundle, and together publish no more than one does", async () => {
    using folder = await keyFolder();
    const { clock } = folder;
    const gateways = [await folder.load(), await folder.load(), await folder.load()];
    const failures: unknown[] = [];
    for (const keys of gateways) keys.start({ clock, onEvent: () => {}, failed: (error) => failures.push(error) });
    for (let hour = 0; hour < 4 * 24; hour += 1) {
      clock.pass(hourMs);
      await settle();
      clock.pass(5_000);
      await settle();
      for (const keys of gateways) assert.deepEqual(keys.bundle, gateways[0]?.bundle, `hour ${hour}`);
    }
    assert.deepEqual(failures, []);
    const { version } = parseBundle(gateways[0]?.bundle ?? new Uint8Array());
    assert.ok(version >= 4 && version <= 6, `${version} bundles`);
    for (const keys of gateways) keys.close();
  });

  test("a gateway that gets its turn after another has published publishes nothing more", async () => {
    using folder = await keyFolder();
    const { clock, store, files } = folder;
    const name = "online/bundle.cbor";
    const first = files.read(name, false) ?? assert.fail("no bundle");
    clock.pass(24 * hourMs);
    await rotateOnlineKey(store, folder.now());
    const second = files.read(name, false) ?? assert.fail("no bundle");
    files.replace(name, first);
    const behind: KeyFiles = {
      ...files,
      lock: () => {
        files.replace(name, second);
        return files.lock();
      },
    };
    const keys = new StoredServerKeys({ files: behind, master: store.master }, 0, clock);
    await keys.look();
    assert.equal(parseBundle(keys.bundle).version, 1);
    keys.start({ clock, onEvent: () => {}, failed: (error) => assert.fail(String(error)) });
    await keys.look();
    assert.deepEqual(keys.bundle, second);
    assert.deepEqual(files.read(name, false), second);
    keys.close();
  });

  test("a command gives up after its turn has not come, and says so", async (context) => {
    using folder = await keyFolder();
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const busy = { ...folder.store, files: { ...folder.files, lock: () => undefined } };
    const refused = assert.rejects(rotateOnlineKey(busy, folder.now()), { code: "server-keys-busy" });
    for (let attempt = 0; attempt < 200; attempt += 1) {
      await settle();
      context.mock.timers.tick(50);
    }
    await refused;
  });
});

describe("a command that is cut off anywhere", () => {
  const commands = [
    ["rotate", rotateOnlineKey],
    ["rotate --delegate", rotateDelegate],
    ["revoke --identity", revokeIdentity],
  ] as const;
  for (const [name, run] of commands) {
    test(`${name} leaves keys that a gateway loads, and can be run again (KB-2.3)`, async () => {
      let cuts = 0;
      for (let writes = 0; ; writes += 1) {
        using folder = await keyFolder();
        const { files, store } = folder;
        const pins = await readPins(files);
        const cut = { ...store, files: cutOffAfter(files, writes) };
        const isWhole = await run(cut, folder.now()).then(
          () => true,
          () => false,
        );
        (await folder.load()).close();
        if (isWhole) break;
        cuts += 1;
        const hasNext = files.revision("identity-next/identity.key") !== undefined;
        if (name !== "revoke --identity" || hasNext) await run(store, folder.now());
        else await rotateDelegate(store, folder.now());
        (await folder.load()).close();
        if (name === "revoke --identity") await requireRevoked(folder, pins);
      }
      assert.ok(cuts >= 2, `${cuts} cuts`);
    });
  }
});

/** A client that has pinned both sees that the current identity has ended, and takes the bundle of the next one. */
async function requireRevoked({ files, clock }: KeyFolder, pins: readonly Pin[]): Promise<void> {
  const { bytes } = await readBundle(files);
  const trust = { pins, origin, protocol: 1, memory: emptyBundleMemory, nowMs: clock.now() };
  const verdict = await checkBundle(nodePrimitives, bytes, trust);
  assert.ok("bundle" in verdict, "refused" in verdict ? verdict.refused.message : "");
  assert.deepEqual(verdict.memory.revokedPins, pins.slice(0, 1));
}
