import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { kidOf } from "@wardwire/crypto/keys/bundle";
import type { KeyFileKind } from "@wardwire/crypto/keys/key-file";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { resealKeys } from "../../src/server-keys/administration/reseal.ts";
import { rotateDelegate, rotateOnlineKey } from "../../src/server-keys/administration.ts";
import { type KeyStore, openSecret } from "../../src/server-keys/key-store.ts";
import { createMasterKeyFile, loadMasterKey } from "../../src/server-keys/master-key.ts";
import { hex, readBundle } from "../../src/server-keys/published-bundles.ts";
import { settle } from "../../src/testing/manual-clock.ts";
import { cutOffAfter, type KeyFolder, keyFolder } from "./key-folder.ts";

const dayMs = 86_400_000;

/** Keys as a gateway that has run leaves them, history too, and another master key beside their own. */
interface Resealable extends KeyFolder {
  readonly newMasterKeyFile: string;
  /** The same files under the other key. */
  readonly newStore: KeyStore;
}

async function resealable(): Promise<Resealable> {
  const folder = await keyFolder();
  (await folder.load()).close();
  const newMasterKeyFile = `${folder.masterKeyFile}-new`;
  createMasterKeyFile(newMasterKeyFile);
  const newStore = { files: folder.files, master: loadMasterKey({ masterKeyFile: newMasterKeyFile }) };
  return {
    ...folder,
    newMasterKeyFile,
    newStore,
    [Symbol.dispose]: () => {
      newStore.master.dispose();
      folder[Symbol.dispose]();
    },
  };
}

const kinds: readonly (readonly [name: RegExp, kind: KeyFileKind])[] = [
  [/^identity-/, "identity"],
  [/delegate\.key$/, "delegate"],
  [/^online\//, "online"],
  [/^history\//, "history"],
];

/** Every key file in the folder. */
function keyFileNames({ path }: KeyFolder): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".key"));
}

/** What the key files hold that open with the master key of the store, by their names. */
async function opened(folder: KeyFolder, store: KeyStore): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of keyFileNames(folder)) {
    const [, kind] = kinds.find(([pattern]) => pattern.test(name)) ?? assert.fail(name);
    const secret = await openSecret(store, kind, name).catch(() => undefined);
    if (secret !== undefined) found.set(name, secret.use(hex));
    secret?.dispose();
  }
  return found;
}

/** The bytes of every key file. */
function sealed(folder: KeyFolder): readonly Buffer[] {
  return keyFileNames(folder).map((name) => readFileSync(folder.at(name)));
}

const invalid = { code: "server-keys-invalid" };

describe("resealKeys (KF-4)", () => {
  test("seals identities, delegate, online and history keys under another key: the same secrets, and none opens with the old one", async () => {
    using folder = await resealable();
    const before = await opened(folder, folder.store);
    assert.equal(before.size, 7, "two identities, the delegate, two online keys, two days");
    const { resealed, already } = await resealKeys(folder.store, folder.newStore.master);
    assert.deepEqual([resealed.toSorted(), already], [[...before.keys()].toSorted(), []]);
    assert.deepEqual(await opened(folder, folder.newStore), before);
    assert.deepEqual((await opened(folder, folder.store)).size, 0);
    await assert.rejects(folder.load(), invalid);
    const keys = await folder.load({ masterKeyFile: folder.newMasterKeyFile });
    assert.equal(hex(keys.history.current.secret.use((bytes) => bytes.slice())), before.get("history/2026-11-21.key"));
    keys.close();
    // Commands go on with it, and so do versions.
    await rotateDelegate(folder.newStore, folder.now());
    assert.equal((await readBundle(folder.files)).bundle.version, 2);
    await assert.rejects(rotateOnlineKey(folder.store, folder.now()), invalid);
  });

  test("cut off anywhere every file opens with one of the two keys, and a run finishes it, forwards or back", async () => {
    let cuts = 0;
    for (let writes = 0; ; writes += 1) {
      using folder = await resealable();
      const { store, newStore, newMasterKeyFile } = folder;
      const before = await opened(folder, store);
      const cutStore = (): KeyStore => ({ ...store, files: cutOffAfter(folder.files, writes) });
      const isWhole = await resealKeys(cutStore(), newStore.master).then(
        () => true,
        () => false,
      );
      const underNew = await opened(folder, newStore);
      assert.equal(underNew.size, writes);
      assert.deepEqual(new Map([...underNew, ...(await opened(folder, store))]), before);
      if (isWhole) break;
      cuts += 1;
      if (writes > 0) {
        // Control: it is a mix, which no single key opens.
        await assert.rejects(folder.load({ masterKeyFile: newMasterKeyFile }), invalid);
        assert.ok((await opened(folder, store)).size < before.size);
      }
      assert.equal((await resealKeys(newStore, store.master)).resealed.length, writes, "taken back");
      assert.deepEqual(await opened(folder, store), before);
      (await folder.load()).close();
      await assert.rejects(resealKeys(cutStore(), newStore.master), { message: "cut off" });
      assert.equal((await resealKeys(store, newStore.master)).already.length, writes, "finished");
      assert.deepEqual(await opened(folder, newStore), before);
      (await folder.load({ masterKeyFile: newMasterKeyFile })).close();
    }
    assert.equal(cuts, 7, "a file each");
  });

  const refused: readonly (readonly [
    what: string,
    code: string,
    breakIt: (folder: Resealable) => void | Promise<void>,
    mend: (folder: Resealable) => void,
  ])[] = [
    [
      "one that opens with neither key",
      "server-keys-invalid",
      (folder) => changeByte(folder.at("history/2026-11-22.key")),
      (folder) => changeByte(folder.at("history/2026-11-22.key")),
    ],
    [
      "one of another kind under the name",
      "server-keys-invalid",
      ({ at }) => renameSync(at("history/2026-11-22.key"), at("online/0011223344556677.key")),
      ({ at }) => renameSync(at("online/0011223344556677.key"), at("history/2026-11-22.key")),
    ],
    [
      "one that others can read (KF-3)",
      "file-exposed",
      ({ at }) => chmodSync(at("history/2026-11-22.key"), 0o644),
      ({ at }) => chmodSync(at("history/2026-11-22.key"), 0o600),
    ],
  ];
  for (const [what, code, breakIt, mend] of refused) {
    test(`writes nothing at all where there is ${what}`, async () => {
      using folder = await resealable();
      await breakIt(folder);
      const before = sealed(folder);
      await assert.rejects(resealKeys(folder.store, folder.newStore.master), (error: Error & { code: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, /(2026-11-22|0011223344556677)\.key/);
        for (const { master } of [folder.store, folder.newStore]) {
          assert.ok(!error.message.includes(master.use((bytes) => Buffer.from(bytes).toString("base64url"))));
        }
        return true;
      });
      assert.deepEqual(sealed(folder), before);
      mend(folder);
      await resealKeys(folder.store, folder.newStore.master);
    });
  }

  test("refuses the same key twice, and a folder without key files", async () => {
    using folder = await resealable();
    const before = sealed(folder);
    const same = loadMasterKey({ masterKeyFile: folder.masterKeyFile });
    await assert.rejects(resealKeys(folder.store, same), { code: "server-keys-conflict" });
    assert.deepEqual(sealed(folder), before);
    same.dispose();
    const empty = { ...folder.files, list: () => [], revision: () => undefined };
    await assert.rejects(resealKeys({ ...folder.store, files: empty }, folder.newStore.master), {
      code: "file-unavailable",
    });
  });

  test("identities that were away are resealed when they are brought, and nothing else is written again", async () => {
    using folder = await resealable();
    const safe = join(folder.path, "..", "safe");
    renameSync(folder.at("identity-current"), safe);
    const first = await resealKeys(folder.store, folder.newStore.master);
    assert.ok(!first.resealed.includes("identity-current/identity.key"));
    const before = sealed(folder);
    renameSync(safe, folder.at("identity-current"));
    const second = await resealKeys(folder.store, folder.newStore.master);
    assert.deepEqual(second.resealed, ["identity-current/identity.key"]);
    assert.deepEqual(second.already.toSorted(), first.resealed.toSorted());
    renameSync(folder.at("identity-current"), safe);
    assert.deepEqual(sealed(folder), before);
  });

  test("waits for its turn: what another writes under the lock is resealed too", async () => {
    using folder = await resealable();
    const before = sealed(folder);
    const lock = folder.files.lock() ?? assert.fail("not free");
    const resealing = resealKeys(folder.store, folder.newStore.master);
    await settle();
    assert.deepEqual(sealed(folder), before);
    const late = "online/0011223344556677.key";
    const named = keyFileNames(folder).find((name) => /^online\/[0-9a-f]{16}\.key$/.test(name)) ?? assert.fail();
    folder.files.replace(late, folder.files.read(named, true) ?? assert.fail());
    lock[Symbol.dispose]();
    assert.ok((await resealing).resealed.includes(late));
  });
});

describe("a gateway that still has the old master key", () => {
  test("goes on with what it has read, publishes nothing and makes no key; a restart with the new one goes on", async () => {
    using folder = await resealable();
    const { clock, store, newStore, newMasterKeyFile } = folder;
    const keys = await folder.load();
    const failures: unknown[] = [];
    keys.start({ clock, onEvent: () => {}, failed: (error) => failures.push(error) });
    await resealKeys(store, newStore.master);
    const online = readdirSync(folder.at("online")).toSorted();
    clock.pass(5_000);
    await settle();
    assert.deepEqual(failures, []);
    clock.pass(dayMs);
    await settle();
    for (let look = 0; look < 3; look += 1) {
      clock.pass(5_000);
      await settle();
    }
    const [inUse] = (await readBundle(folder.files)).bundle.keys;
    assert.ok(
      keys.ring.bundleHash(1) && keys.ring.take(await kidOf(nodePrimitives, inUse?.publicKey ?? new Uint8Array())),
    );
    assert.deepEqual(
      failures.map((error) => (error as { code: string }).code),
      ["server-keys-invalid"],
      "told once",
    );
    assert.deepEqual(readdirSync(folder.at("online")).toSorted(), online);
    keys.close();

    // It has made a day of history under the key it has; the same command puts that right.
    await assert.rejects(folder.load({ masterKeyFile: newMasterKeyFile }), {
      message: /history\/2026-11-23\.key/,
      ...invalid,
    });
    assert.deepEqual((await resealKeys(store, newStore.master)).resealed, ["history/2026-11-23.key"]);
    const restarted = await folder.load({ masterKeyFile: newMasterKeyFile });
    restarted.start({ clock, onEvent: () => {}, failed: (error) => assert.fail(String(error)) });
    await restarted.look();
    assert.equal((await readBundle(folder.files)).bundle.version, 2);
    restarted.close();
  });

  test("an unrelated master key opens nothing of it", async () => {
    using folder = await resealable();
    using unrelated = SecretBytes.random(32);
    assert.equal((await opened(folder, { files: folder.files, master: unrelated })).size, 0);
    assert.equal((await opened(folder, folder.store)).size, 7);
  });
});

/** Changes the last byte of a file; done twice it is as before. */
function changeByte(path: string): void {
  const content = readFileSync(path);
  content.writeUInt8(content.readUInt8(content.length - 1) ^ 1, content.length - 1);
  writeFileSync(path, content);
}
