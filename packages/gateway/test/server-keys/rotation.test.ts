import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { describe, test } from "node:test";
import { kidOf, parseBundle } from "@wardwire/crypto/keys/bundle";
import { checkBundle, emptyBundleMemory, type TrustedBundle } from "@wardwire/crypto/keys/bundle-check";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import {
  revokeIdentity,
  revokeOnlineKey,
  rotateDelegate,
  rotateOnlineKey,
} from "../../src/server-keys/administration.ts";
import type { KeyFiles } from "../../src/server-keys/key-files.ts";
import { sealSecret } from "../../src/server-keys/key-store.ts";
import { memoryServerKeys } from "../../src/server-keys/memory-server-keys.ts";
import { hex } from "../../src/server-keys/published-bundles.ts";
import type { ServerKeys, ServerKeysEvent } from "../../src/server-keys/server-keys.ts";
import { StoredServerKeys } from "../../src/server-keys/stored-server-keys.ts";
import { type ManualClock, settle } from "../../src/testing/manual-clock.ts";
import { type KeyFolder, keyFolder, origin } from "./key-folder.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Server keys that run on a clock, and what they told. */
interface Running {
  readonly keys: ServerKeys;
  readonly events: ServerKeysEvent[];
  readonly failures: unknown[];
}

function run(keys: ServerKeys, clock: ManualClock): Running {
  const events: ServerKeysEvent[] = [];
  const failures: unknown[] = [];
  keys.start({ clock, onEvent: (event) => events.push(event), failed: (error) => failures.push(error) });
  return { keys, events, failures };
}

/** Time passes at once: whoever looked for changes looks once, late. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  clock.pass(ms);
  await settle();
}

/** What a client makes of the bundle that is served now. */
async function fetched({ bundle, pins }: ServerKeys, clock: ManualClock): Promise<TrustedBundle> {
  const trust = { pins, origin, protocol: 1, memory: emptyBundleMemory, nowMs: clock.now() };
  const verdict = await checkBundle(nodePrimitives, bundle, trust);
  if ("refused" in verdict) throw verdict.refused;
  return verdict.bundle;
}

/** Whether a client that holds this bundle can connect: the gateway knows the bundle, and decapsulates with its key. */
async function connects({ ring }: ServerKeys, { version, hash, kid, publicKey }: TrustedBundle): Promise<boolean> {
  const key = ring.take(kid);
  const known = ring.bundleHash(version);
  if (key === undefined || known === undefined || hex(known) !== hex(hash)) return false;
  const { ciphertext, secret } = await nodePrimitives.kem.encapsulate(publicKey);
  return (await key.privateKey.decapsulate(ciphertext)).equals(secret);
}

const versionOf = ({ bundle }: ServerKeys): number => parseBundle(bundle).version;

describe("server keys that run (KB-1.6)", () => {
  for (const [where, load] of [
    ["in a folder", async (folder: KeyFolder) => folder.load()],
    ["in memory", async ({ clock }: KeyFolder) => memoryServerKeys({ origins: [origin], clock })],
  ] as const) {
    test(`${where}: over five days every client connects that has fetched within its bundle's 72 hours, and no older one`, async () => {
      using folder = await keyFolder();
      const { clock } = folder;
      const { keys, events, failures } = run(await load(folder), clock);
      await pass(clock, 0);
      const clients: TrustedBundle[] = [];
      const kids = new Set<string>();
      for (let hour = 0; hour < 5 * 24; hour += 3) {
        const client = await fetched(keys, clock);
        kids.add(hex(client.kid));
        clients.push(client);
        for (const each of clients) {
          const bundleLives = Math.floor(clock.now() / 1_000) <= each.notAfter;
          assert.equal(await connects(keys, each), bundleLives, `hour ${hour}, bundle ${each.version}`);
        }
        await pass(clock, 3 * hourMs);
      }
      assert.deepEqual(failures, []);
      assert.equal(kids.size, 5, "a key a day");
      assert.ok(versionOf(keys) >= 5 && versionOf(keys) <= 7, `${versionOf(keys)} bundles`);
      const erased = events.filter(({ event }) => event === "key-erased").length;
      assert.ok(erased >= 1, "keys of the first days are gone");
      keys.close();
    });
  }

  test("a key that comes into use was published a bundle before, and a bundle that is served has two days left", async () => {
    using folder = await keyFolder();
    const { clock } = folder;
    const { keys } = run(await folder.load(), clock);
    let named = new Set<string>();
    for (let hour = 0; hour < 4 * 24; hour += 1) {
      await pass(clock, hourMs);
      const bundle = parseBundle(keys.bundle);
      assert.ok(bundle.notAfter * 1_000 - clock.now() >= 2 * dayMs - hourMs);
      const client = await fetched(keys, clock);
      if (hour > 0) assert.ok(named.has(hex(client.kid)), `hour ${hour}`);
      named = new Set(
        await Promise.all(bundle.keys.map(async ({ publicKey }) => hex(await kidOf(nodePrimitives, publicKey)))),
      );
    }
    keys.close();
  });

  test("files of keys are erased with the last bundle that named them", async () => {
    using folder = await keyFolder();
    const { clock } = folder;
    const { keys } = run(await folder.load(), clock);
    const online = (): string[] => readdirSync(folder.at("online")).filter((name) => /^[0-9a-f]{16}\.key$/.test(name));
    const first = online();
    for (let hour = 0; hour < 72; hour += 1) await pass(clock, hourMs);
    assert.ok(
      first.every((name) => online().includes(name)),
      "a bundle names them still",
    );
    for (let hour = 0; hour < 72; hour += 1) await pass(clock, hourMs);
    assert.ok(!first.some((name) => online().includes(name)));
    assert.ok(online().length <= 6, `${online().length} keys`);
    keys.close();
  });

  test("a restart goes on with the bundles before: their clients need no other (HS-1.6)", async () => {
    using folder = await keyFolder();
    const { clock } = folder;
    const { keys } = run(await folder.load(), clock);
    const yesterday = await fetched(keys, clock);
    for (let hour = 0; hour < 25; hour += 1) await pass(clock, hourMs);
    assert.notEqual(versionOf(keys), yesterday.version);
    keys.close();
    const again = await folder.load();
    assert.ok(await connects(again, yesterday));
    again.close();
    // Control: without the earlier bundle's file it is unknown.
    rmSync(folder.at(`online/bundle-${yesterday.version}.cbor`));
    const forgetful = await folder.load();
    assert.equal(await connects(forgetful, yesterday), false);
    forgetful.close();
  });

  test("without the delegate nothing is published, and the bundle that somebody else brings is taken", async () => {
    using folder = await keyFolder();
    const { clock, files } = folder;
    const delegate = files.read("online/delegate.key", true) ?? assert.fail("no delegate");
    files.remove("online/delegate.key");
    const { keys, failures } = run(await folder.load(), clock);
    await pass(clock, 2 * dayMs);
    assert.equal(versionOf(keys), 1);
    assert.deepEqual(failures, []);
    await pass(clock, 5_000);
    assert.match(String(failures[0]), /bundle ends at .* no delegate here.*keys rotate/, "told with a day left");
    files.replace("online/delegate.key", delegate);
    await rotateOnlineKey(folder.store, folder.now());
    files.remove("online/delegate.key");
    await pass(clock, 5_000);
    assert.equal(versionOf(keys), 2);
    assert.equal(failures.length, 1);
    keys.close();
  });

  test("what a command has changed is in force within 5 seconds, and at once by look()", async () => {
    using folder = await keyFolder();
    const { clock } = folder;
    const running = run(await folder.load(), clock);
    const before = await fetched(running.keys, clock);
    await pass(clock, 0);
    await revokeOnlineKey(folder.store, hex(before.kid), folder.now());
    await pass(clock, 4_999);
    assert.ok(await connects(running.keys, before), "not looked yet");
    await pass(clock, 1);
    assert.equal(await connects(running.keys, before), false, "a revoked key is gone");
    assert.ok(running.events.some(({ event }) => event === "key-revoked"));
    const after = await fetched(running.keys, clock);
    assert.ok(await connects(running.keys, after));
    running.keys.close();
    const keys = await folder.load();
    await rotateOnlineKey(folder.store, folder.now());
    await keys.look();
    assert.equal(versionOf(keys), after.version + 1);
    keys.close();
  });

  test("a revoked identity's place is taken without a stop: the bundle is the next one's (KB-2.2)", async () => {
    using folder = await keyFolder();
    const { clock } = folder;
    const { keys, failures } = run(await folder.load(), clock);
    const { pins } = keys;
    await pass(clock, 0);
    await revokeIdentity(folder.store, folder.now());
    await pass(clock, 5_000);
    assert.deepEqual(keys.pins, pins.slice(1));
    assert.ok(await connects(keys, await fetched(keys, clock)));
    const old = { pins, origin, protocol: 1, memory: emptyBundleMemory, nowMs: clock.now() };
    const verdict = await checkBundle(nodePrimitives, keys.bundle, old);
    assert.deepEqual(verdict.memory.revokedPins, pins.slice(0, 1));
    assert.deepEqual(failures, []);
    keys.close();
  });

  test("a rotation that fails is told once, what was there goes on, and it succeeds when it can", async () => {
    using folder = await keyFolder();
    const { clock } = folder;
    let isFull = true;
    const files: KeyFiles = {
      ...folder.files,
      replace: (name, content) => {
        if (isFull && name === "online/bundle.cbor") throw new Error("no space left");
        folder.files.replace(name, content);
      },
    };
    const keys = new StoredServerKeys({ files, master: folder.store.master }, 0, clock);
    await keys.look();
    const client = await fetched(keys, clock);
    const { failures } = run(keys, clock);
    await pass(clock, dayMs);
    for (let look = 0; look < 3; look += 1) await pass(clock, 5_000);
    assert.deepEqual(failures.map(String), ["Error: no space left"]);
    assert.ok(await connects(keys, client));
    isFull = false;
    await pass(clock, 5_000);
    assert.equal(versionOf(keys), 2);
    keys.close();
  });

  test("a delegate that its certificate is not for publishes nothing, and that is told with two days left", async () => {
    using folder = await keyFolder();
    const { clock, files } = folder;
    const other = SecretBytes.random(64);
    await sealSecret(folder.store, "delegate", "online/delegate.key", other);
    const bundle = files.read("online/bundle.cbor", false);
    const { keys, failures } = run(await folder.load(), clock);
    await pass(clock, 0);
    assert.deepEqual(failures, []);
    await pass(clock, dayMs);
    assert.match(String(failures[0]), /delegate\.cert certifies another delegate.*rotate --delegate/);
    assert.deepEqual(files.read("online/bundle.cbor", false), bundle);
    assert.ok(await connects(keys, await fetched(keys, clock)));
    await rotateDelegate(folder.store, folder.now());
    await pass(clock, 5_000);
    assert.equal(versionOf(keys), 2);
    keys.close();
  });

  test("a folder gone wrong is told, and what was read goes on; an older bundle is not taken (KB-3.3)", async () => {
    using folder = await keyFolder();
    const { clock, files } = folder;
    const first = files.read("online/bundle.cbor", false) ?? assert.fail("no bundle");
    await rotateOnlineKey(folder.store, folder.now());
    const { keys, failures } = run(await folder.load(), clock);
    await pass(clock, 0);
    files.replace("online/bundle.cbor", "rubbish");
    await pass(clock, 5_000);
    files.replace("online/bundle.cbor", first);
    await pass(clock, 5_000);
    assert.equal(versionOf(keys), 2);
    assert.ok(await connects(keys, await fetched(keys, clock)));
    await pass(clock, dayMs);
    assert.notDeepEqual(keys.history.current, undefined);
    assert.equal(readdirSync(folder.at("history")).length, 3, "history has its next key all the same");
    const codes = failures.map((error) => (error as { code: string }).code);
    assert.deepEqual(codes, ["server-keys-invalid", "server-keys-conflict"]);
    keys.close();
  });

  test("a delegate that ends within 14 days is spoken of once a day, and no more once it has a successor", async () => {
    using folder = await keyFolder();
    const { clock } = folder;
    const { keys, events } = run(await folder.load(), clock);
    const told = (): number => events.filter(({ event }) => event === "delegate-ending").length;
    for (let day = 0; day < 76; day += 1) await pass(clock, dayMs);
    assert.equal(told(), 0);
    await pass(clock, 1_000);
    for (let hour = 0; hour < 48; hour += 1) await pass(clock, hourMs);
    assert.equal(told(), 2);
    await rotateDelegate(folder.store, folder.now());
    for (let day = 0; day < 3; day += 1) await pass(clock, dayMs);
    assert.equal(told(), 2);
    keys.close();
  });

  test("after close nothing is looked at any more", async () => {
    using folder = await keyFolder();
    const { keys, failures } = run(await folder.load(), folder.clock);
    await pass(folder.clock, 0);
    keys.close();
    assert.equal(folder.clock.timers, 0);
    await pass(folder.clock, 3 * dayMs);
    assert.deepEqual(failures, []);
  });
});
