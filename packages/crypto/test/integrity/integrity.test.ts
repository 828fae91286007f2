import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { importIntegrityKey, sign, verify } from "@wardwire/crypto/integrity";
import { CryptoError } from "../../src/crypto-error.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const newKey = (keyId: string) => importIntegrityKey(keyId, SecretBytes.random(32));
const invalidLength = (error: unknown): boolean => error instanceof CryptoError && error.code === "invalid-length";

test("a signature is HMAC-SHA-256 over the context's length, the context and the message", async () => {
  const secret = Uint8Array.from({ length: 32 }, (_, index) => index);
  const key = await importIntegrityKey("k1", SecretBytes.copyOf(secret));
  const framed = Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.from("ctx"), Buffer.from('{"a":1}')]);
  const mac = createHmac("sha256", secret).update(framed).digest("hex");
  assert.deepEqual(await sign(key, "ctx", utf8('{"a":1}')), { keyId: "k1", mac });
});

test("verifies what was signed, and nothing that differs in message, context, key or MAC", async () => {
  const key = await newKey("k1");
  const message = utf8("transfer 10");
  const signature = await sign(key, "orders v1", message);
  assert.equal(await verify([key], "orders v1", message, signature), true);
  assert.equal(await verify([key], "orders v1", utf8("transfer 99"), signature), false);
  assert.equal(await verify([key], "orders v2", message, signature), false);
  assert.equal(await verify([await newKey("k1")], "orders v1", message, signature), false);
  const flipped = signature.mac.replace(/^./, (first) => (first === "0" ? "1" : "0"));
  assert.equal(await verify([key], "orders v1", message, { ...signature, mac: flipped }), false);
});

test("keeps context and message apart however the bytes between them are divided", async () => {
  const key = await newKey("k1");
  const signature = await sign(key, "ab", utf8("c"));
  assert.equal(await verify([key], "ab", utf8("c"), signature), true);
  assert.equal(await verify([key], "a", utf8("bc"), signature), false);
  assert.equal(await verify([key], "abc", utf8(""), signature), false);
  assert.equal(await verify([key], "", utf8("\u0000\u0000\u0000\u0002abc"), signature), false);
});

test("answers false, and throws nothing, for a MAC that is no MAC and for a key it does not hold (S6)", async () => {
  const key = await newKey("k1");
  const message = utf8("m");
  const signature = await sign(key, "c", message);
  const { mac } = signature;
  for (const bad of [
    "",
    "0",
    mac.slice(2),
    `${mac}00`,
    mac.toUpperCase().padEnd(64, "A"),
    "z".repeat(64),
    `${mac}\n`,
  ]) {
    const expected = bad === mac;
    assert.equal(await verify([key], "c", message, { keyId: "k1", mac: bad }), expected, bad);
  }
  assert.equal(await verify([key], "c", message, { keyId: "k2", mac }), false);
  assert.equal(await verify([], "c", message, signature), false);
});

test("keys rotate: old signatures verify as long as the old key is held", async () => {
  const [old, current] = [await newKey("2026-10"), await newKey("2026-11")];
  const before = await sign(old, "c", utf8("m"));
  const after = await sign(current, "c", utf8("m"));
  assert.equal(await verify([current, old], "c", utf8("m"), before), true);
  assert.equal(await verify([current, old], "c", utf8("m"), after), true);
  assert.equal(await verify([current], "c", utf8("m"), before), false);
});

test("refuses a secret of fewer than 32 bytes, and an id of no or too many characters", async () => {
  await assert.rejects(importIntegrityKey("k1", SecretBytes.random(31)), invalidLength);
  await assert.rejects(importIntegrityKey("", SecretBytes.random(32)), invalidLength);
  await assert.rejects(importIntegrityKey("k".repeat(65), SecretBytes.random(32)), invalidLength);
  assert.equal((await importIntegrityKey("k".repeat(64), SecretBytes.random(32))).keyId.length, 64);
});

test("a key shows nothing of its secret in JSON", async () => {
  assert.equal(JSON.stringify(await newKey("k1")), '{"keyId":"k1","key":{}}');
});
