import assert from "node:assert/strict";
import crypto, { KeyObject } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { after, before, describe, test } from "node:test";
import type { Primitives } from "../../src/primitives/primitives.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";

/** Those that check a raw key by throwing inside, at 16 µs a call (docs/adr/0010-one-interface-sync-and-async.md). */
const watched = ["createCipheriv", "createDecipheriv", "createHmac"] as const;

describe("the Node backend", () => {
  const original = { ...crypto };
  const keys: unknown[] = [];
  let primitives: Primitives<"sync">;

  before(async () => {
    for (const name of watched) {
      const real = crypto[name] as (...parameters: unknown[]) => unknown;
      Object.assign(crypto, {
        [name]: (...parameters: unknown[]) => {
          keys.push(parameters[1]);
          return real(...parameters);
        },
      });
    }
    syncBuiltinESMExports();
    ({ nodePrimitives: primitives } = await import("../../src/primitives/node.ts"));
  });

  after(() => {
    for (const name of watched) Object.assign(crypto, { [name]: original[name] });
    syncBuiltinESMExports();
  });

  test("gives no raw key bytes to a cipher or an HMAC, and one KeyObject for all records of a key", () => {
    const key = primitives.importAead("aes-256-gcm", SecretBytes.random(32));
    const nonce = new Uint8Array(12);
    const sealed = key.seal(nonce, nonce, new Uint8Array(100));
    assert.ok(key.open(nonce, nonce, sealed));
    key.seal(Uint8Array.of(...nonce.subarray(1), 1), nonce, new Uint8Array(100));
    assert.equal(new Set(keys).size, 1, "a key object was made again");
    const prk = primitives.hkdfExtract(new Uint8Array(32), SecretBytes.random(32));
    primitives.hkdfExpand(prk, new Uint8Array(3), 96);
    assert.equal(keys.length, 3 + 1 + 3, "the functions that are watched are not those that are used");
    for (const each of keys) assert.ok(each instanceof KeyObject, "raw bytes as a key");
  });
});
