import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromBase64url, toBase64url } from "../../src/base64url.ts";
import { type KeyFileKind, keyFileKinds, openKeyFile, parseMasterKey, sealKeyFile } from "../../src/keys/key-file.ts";
import { generateOnlineKeyContent, importOnlineKey } from "../../src/keys/online-key.ts";
import { parsePin, pinOf } from "../../src/keys/pin.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { signingKey } from "../fixtures/key-tiers.ts";
import { backends } from "../primitives/backends.ts";

const master = SecretBytes.copyOf(new Uint8Array(32).fill(8));
const keyFile = { name: "CryptoError", code: "key-file" };

describe("a key file", () => {
  for (const one of backends) {
    for (const other of backends) {
      test(`sealed on ${one.backend} opens on ${other.backend}, and is of a salt of its own (KF-1)`, async () => {
        const content = SecretBytes.random(64);
        const files = [
          await sealKeyFile(one, master, "identity", content),
          await sealKeyFile(one, master, "identity", content),
        ] as const;
        assert.notDeepEqual(files[0], files[1]);
        for (const file of files) {
          assert.equal(file.length, 38 + 64 + 16);
          assert.ok((await openKeyFile(other, master, "identity", file)).equals(content));
        }
      });
    }
  }

  test("with another master key, another kind or any byte changed is one error (KF-3)", async () => {
    const file = await sealKeyFile(nodePrimitives, master, "delegate", SecretBytes.random(64));
    const messages = new Set<string>();
    const refused = async (master_: SecretBytes, bytes: Uint8Array): Promise<void> => {
      await assert.rejects(openKeyFile(nodePrimitives, master_, "delegate", bytes), (error: Error) => {
        messages.add(error.message);
        return true;
      });
    };
    await refused(SecretBytes.random(32), file);
    for (const at of [0, 4, 5, 6, 37, 38, 101, 102, 117]) {
      await refused(
        master,
        file.map((byte, index) => (index === at ? byte ^ 1 : byte)),
      );
    }
    for (const length of [0, 38, 54, 117]) await refused(master, file.subarray(0, length));
    assert.equal(messages.size, 1, [...messages].join("\n"));
    await assert.rejects(openKeyFile(nodePrimitives, master, "identity", file), keyFile);
    (await openKeyFile(nodePrimitives, master, "delegate", file)).dispose();
  });

  test("of one kind opens as no other (KF-1)", async () => {
    const kinds = Object.keys(keyFileKinds) as KeyFileKind[];
    assert.deepEqual(Object.values(keyFileKinds), [1, 2, 3, 4], "as key-bundles.md §4 numbers them");
    for (const sealedAs of kinds) {
      const file = await sealKeyFile(nodePrimitives, master, sealedAs, SecretBytes.random(32));
      for (const openedAs of kinds.filter((kind) => kind !== sealedAs)) {
        await assert.rejects(
          openKeyFile(nodePrimitives, master, openedAs, file),
          keyFile,
          `${sealedAs} as ${openedAs}`,
        );
      }
      (await openKeyFile(nodePrimitives, master, sealedAs, file)).dispose();
    }
  });

  test("of an online key keeps seed and dates, and refuses another length (KF-2)", async () => {
    const content = generateOnlineKeyContent({ notBefore: 1_795_262_400, notAfter: 1_795_348_800 });
    const key = await importOnlineKey(nodePrimitives, content);
    assert.deepEqual([key.notBefore, key.notAfter], [1_795_262_400, 1_795_348_800]);
    const again = await importOnlineKey(nodePrimitives, content);
    assert.deepEqual(again.publicKey, key.publicKey);
    await assert.rejects(importOnlineKey(nodePrimitives, SecretBytes.random(47)), keyFile);
  });
});

describe("what people write down", () => {
  test("a master key is 43 characters of Base64url; an error holds nothing of it (R53)", () => {
    const text = toBase64url(new Uint8Array(32).fill(8));
    assert.ok(parseMasterKey(`${text}\n`).equals(master));
    for (const bad of ["", text.slice(1), `${text}A`, `${text}=`, "!".repeat(43), `${text.slice(0, 42)}_`]) {
      assert.throws(
        () => parseMasterKey(bad),
        (error: Error) => bad === "" || !error.message.includes(bad),
        bad,
      );
    }
  });

  test("a pin is the SHA-256 of the identity, and one value has one text (KB-1.1)", async () => {
    const pin = await pinOf(nodePrimitives, (await signingKey(1)).publicKey);
    assert.match(pin, /^sha256:[\w-]{43}$/);
    assert.equal(parsePin(pin), pin);
    for (const bad of [pin.slice(7), `${pin}=`, pin.slice(0, -1), `sha512:${pin.slice(7)}`, `${pin.slice(0, -1)}_`]) {
      assert.throws(() => parsePin(bad), { code: "key-bundle" }, bad);
    }
  });

  test("Base64url gives the bytes back, and takes no second spelling", () => {
    for (let length = 0; length < 40; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) % 256);
      assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
    }
    for (const bad of ["A", "AB=", "AB", "A+", "A/", "é"]) assert.equal(fromBase64url(bad), undefined, bad);
    assert.deepEqual(fromBase64url("AA"), Uint8Array.of(0));
  });
});
