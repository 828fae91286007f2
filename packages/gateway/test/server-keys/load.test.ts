import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseBundle } from "@wardwire/crypto/keys/bundle";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { rotateDelegate } from "../../src/server-keys/administration.ts";
import type { ServerKeysOptions } from "../../src/server-keys/load-server-keys.ts";
import { kidText } from "../../src/server-keys/published-bundles.ts";
import { type KeyFolder, keyFolder, origin, otherMaster } from "./key-folder.ts";

const dayMs = 86_400_000;

/** What loading is refused with. */
async function refusal(folder: KeyFolder, options?: ServerKeysOptions): Promise<{ code: string; message: string }> {
  const keys = await folder.load(options).catch((error: unknown) => error as { code: string; message: string });
  if ("close" in keys) {
    keys.close();
    assert.fail("the keys were loaded");
  }
  return keys;
}

/** The file of the online key that is in use. */
async function onlineKeyOf(folder: KeyFolder): Promise<string> {
  const [key] = parseBundle(readFileSync(folder.at("online/bundle.cbor"))).keys;
  return folder.at(`online/${await kidText(key?.publicKey ?? new Uint8Array())}.key`);
}

describe("loadServerKeys", () => {
  test("gives what a gateway needs, without an identity being there (KB-2.1)", async () => {
    using folder = await keyFolder();
    for (const name of ["identity-current", "identity-next"]) rmSync(folder.at(name), { recursive: true });
    const keys = await folder.load();
    const bundle = parseBundle(keys.bundle);
    assert.deepEqual(keys.bundle, new Uint8Array(readFileSync(folder.at("online/bundle.cbor"))));
    assert.deepEqual(keys.origins, [origin]);
    assert.equal(keys.pins.length, 2);
    assert.ok(keys.ring.bundleHash(1));
    for (const { publicKey } of bundle.keys) {
      const { privateKey } =
        keys.ring.take((await nodePrimitives.sha256(publicKey)).slice(0, 8)) ?? assert.fail("no key");
      const { ciphertext, secret } = await nodePrimitives.kem.encapsulate(publicKey);
      assert.ok((await privateKey.decapsulate(ciphertext)).equals(secret));
    }
    keys.close();
  });

  test("takes the master key from a file or from the environment, and rather from the file", async () => {
    using folder = await keyFolder();
    const environment = { WARDWIRE_MASTER_KEY: readFileSync(folder.masterKeyFile, "utf8") };
    const { path, clock } = folder;
    const { loadServerKeys } = await import("../../src/server-keys/load-server-keys.ts");
    (await loadServerKeys(path, { environment, clock })).close();
    (await folder.load({ environment: { WARDWIRE_MASTER_KEY: "rubbish" } })).close();
    await assert.rejects(loadServerKeys(path, { environment: {}, clock }), { code: "file-unavailable" });
  });

  test("closes what it has opened: no key decapsulates afterwards", async () => {
    using folder = await keyFolder();
    const keys = await folder.load();
    const [published] = parseBundle(keys.bundle).keys;
    const kid = (await nodePrimitives.sha256(published?.publicKey ?? new Uint8Array())).slice(0, 8);
    const { privateKey } = keys.ring.take(kid) ?? assert.fail("no key");
    const { current } = keys.history;
    keys.close();
    assert.equal(keys.ring.take(kid), undefined);
    await assert.rejects(privateKey.decapsulate(new Uint8Array(1_120)), { code: "disposed" });
    assert.throws(() => current.secret.use(() => 0), { code: "disposed" });
    keys.close();
  });

  const broken: readonly (readonly [
    what: string,
    code: string,
    message: RegExp,
    breakIt: (folder: KeyFolder) => void | Promise<void>,
  ])[] = [
    [
      "no folder",
      "file-unavailable",
      /there is no .*online\/bundle\.cbor/,
      ({ path }) => rmSync(path, { recursive: true }),
    ],
    [
      "no bundle",
      "file-unavailable",
      /there is no .*bundle\.cbor/,
      (folder) => rmSync(folder.at("online/bundle.cbor")),
    ],
    ["no pins", "file-unavailable", /there is no .*pins/, (folder) => rmSync(folder.at("online/pins"))],
    [
      "no file of a key that the bundle names",
      "file-unavailable",
      /there is no .*\.key, which the bundle names.*revoke --kid [0-9a-f]{16}/,
      async (folder) => rmSync(await onlineKeyOf(folder)),
    ],
    ["no master key", "file-unavailable", /no master key at .*master-key/, (folder) => rmSync(folder.masterKeyFile)],
    [
      "half a bundle",
      "server-keys-invalid",
      /bundle\.cbor: the key bundle: expected deterministic CBOR/,
      (folder) =>
        writeFileSync(
          folder.at("online/bundle.cbor"),
          folder.files.read("online/bundle.cbor", false)?.subarray(0, 99) ?? "",
        ),
    ],
    [
      "a byte of the bundle's signature changed",
      "server-keys-invalid",
      /bundle\.cbor: .*two signatures/,
      (folder) => flip(folder.at("online/bundle.cbor"), -1),
    ],
    [
      "pins that are none",
      "server-keys-invalid",
      /pins: expected a pin/,
      (folder) => writeFileSync(folder.at("online/pins"), "x\n"),
    ],
    [
      "a byte of a key changed",
      "server-keys-invalid",
      /\.key: expected a key file \(online\)/,
      async (folder) => flip(await onlineKeyOf(folder), 60),
    ],
    [
      "a key file of another kind in the place of one",
      "server-keys-invalid",
      /\.key: expected a key file \(online\)/,
      async (folder) => copyFileSync(folder.at("online/delegate.key"), await onlineKeyOf(folder)),
    ],
    [
      "a key under another key's name",
      "server-keys-invalid",
      /holds another key than its name says/,
      async (folder) => {
        const mine = await onlineKeyOf(folder);
        const names = readdirSync(folder.at("online")).filter((name) => /^[0-9a-f]{16}\.key$/.test(name));
        copyFileSync(folder.at(join("online", names.find((name) => !mine.endsWith(name)) ?? "")), mine);
      },
    ],
    [
      "a bundle of a foreign folder",
      "server-keys-invalid",
      /bundle\.cbor: expected a bundle of a pinned identity/,
      async (folder) => {
        using foreign = await keyFolder();
        copyFileSync(foreign.at("online/bundle.cbor"), folder.at("online/bundle.cbor"));
      },
    ],
    [
      "a folder in the place of the bundle",
      "file-unavailable",
      /not a regular file|EISDIR/,
      (folder) => {
        rmSync(folder.at("online/bundle.cbor"));
        execFileSync("mkdir", ["-m", "700", folder.at("online/bundle.cbor")]);
      },
    ],
    [
      "a key that cannot be read",
      "file-unavailable",
      /cannot read .*\.key \(ELOOP\)/,
      async (folder) => {
        const key = await onlineKeyOf(folder);
        rmSync(key);
        symlinkSync(key, key);
      },
    ],
    [
      "a delegate that others can read",
      "file-exposed",
      /delegate\.key is open/,
      (folder) => chmodSync(folder.at("online/delegate.key"), 0o604),
    ],
    [
      "a delegate of a foreign folder",
      "server-keys-invalid",
      /delegate\.key: expected a key file \(delegate\) sealed under this master key/,
      async (folder) => {
        using foreign = await keyFolder();
        copyFileSync(foreign.at("online/delegate.key"), folder.at("online/delegate.key"));
      },
    ],
    [
      "a pipe in the place of a key",
      "file-unavailable",
      /not a regular file/,
      async (folder) => {
        const key = await onlineKeyOf(folder);
        rmSync(key);
        execFileSync("mkfifo", ["-m", "600", key]);
      },
    ],
    [
      "a key that a group can read",
      "file-exposed",
      /mode 640.*chmod 600/,
      async (folder) => chmodSync(await onlineKeyOf(folder), 0o640),
    ],
    [
      "a bundle that others can write",
      "file-exposed",
      /mode 666.*chmod 600/,
      (folder) => chmodSync(folder.at("online/bundle.cbor"), 0o666),
    ],
    [
      "a folder that others can write to",
      "file-exposed",
      /write in .*online.*chmod 700/,
      (folder) => chmodSync(folder.at("online"), 0o777),
    ],
    [
      "a folder around it that others can write to",
      "file-exposed",
      /write in .*keys \(mode 770/,
      ({ path }) => chmodSync(path, 0o770),
    ],
    [
      "a master key that others can read",
      "file-exposed",
      /master-key is open.*chmod 600/,
      (folder) => chmodSync(folder.masterKeyFile, 0o644),
    ],
  ];
  for (const [what, code, message, breakIt] of broken) {
    test(`refuses ${what}: ${code}, with its path and nothing of a key (KF-3, R53)`, async () => {
      using folder = await keyFolder();
      const secret = readFileSync(folder.masterKeyFile, "utf8").trim();
      (await folder.load()).close();
      await breakIt(folder);
      const refused = await refusal(folder);
      assert.equal(refused.code, code, refused.message);
      assert.match(refused.message, message);
      assert.ok(!refused.message.includes(secret));
    });
  }

  test("refuses another master key, and shows nothing of it (R53)", async () => {
    using folder = await keyFolder();
    const other = otherMaster();
    writeFileSync(folder.masterKeyFile, other);
    const { code, message } = await refusal(folder);
    assert.equal(code, "server-keys-invalid");
    assert.match(message, /sealed under this master key/);
    assert.ok(!message.includes(other));
    writeFileSync(folder.masterKeyFile, `${other}?`);
    const malformed = await refusal(folder);
    assert.match(malformed.message, /master-key: expected a master key of 43 characters/);
    assert.ok(!malformed.message.includes(other));
  });

  test("refuses a bundle that has ended, or not begun, and a delegate that has ended; says what to do (KB-3.6)", async () => {
    using folder = await keyFolder();
    folder.clock.wallStepMs = 3 * dayMs;
    (await folder.load()).close();
    folder.clock.wallStepMs += 1_000;
    const ended = await refusal(folder);
    assert.equal(ended.code, "server-keys-expired");
    assert.match(ended.message, /bundle\.cbor: the key bundle ended at .*; run `wardwire keys rotate`/);
    folder.clock.wallStepMs = -2 * dayMs;
    assert.equal((await refusal(folder)).code, "server-keys-expired");
    folder.clock.wallStepMs = 90 * dayMs + 1_000;
    assert.match((await refusal(folder)).message, /the delegate ended at .*rotate --delegate/);
    await rotateDelegate(folder.store, folder.now());
    (await folder.load()).close();
  });

  test("writes what it makes for its owner only (KF-3)", async () => {
    using folder = await keyFolder();
    (await folder.load()).close();
    const written = readdirSync(folder.path, { recursive: true, withFileTypes: true });
    for (const entry of written) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      assert.equal(mode, entry.isDirectory() ? 0o700 : 0o600, entry.name);
    }
    assert.ok(existsSync(folder.at("history")));
    assert.equal(statSync(folder.path).mode & 0o777, 0o700);
  });
});

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
