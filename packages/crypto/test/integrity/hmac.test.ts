import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseHex, toHex } from "../../src/integrity/hex.ts";
import { computeMac, importHmacKey, verifyMac } from "../../src/integrity/hmac.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";

const repeat = (byte: number, count: number): string => byte.toString(16).padStart(2, "0").repeat(count);
const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");
const bytes = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(hex, "hex"));

/** RFC 4231 §4.2 to §4.8: key, data and HMAC-SHA-256 in hexadecimal; test case 5 gives only the first 128 bits. */
const vectors: readonly (readonly [name: string, key: string, data: string, mac: string])[] = [
  ["1", repeat(0x0b, 20), ascii("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
  [
    "2, a key shorter than the hash",
    ascii("Jefe"),
    ascii("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    "3, more data than a block",
    repeat(0xaa, 20),
    repeat(0xdd, 50),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
  ],
  [
    "4",
    "0102030405060708090a0b0c0d0e0f10111213141516171819",
    repeat(0xcd, 50),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
  ["5, truncated", repeat(0x0c, 20), ascii("Test With Truncation"), "a3b6167473100ee06e0c796c2955552b"],
  [
    "6, a key longer than a block",
    repeat(0xaa, 131),
    ascii("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    "7, key and data longer than a block",
    repeat(0xaa, 131),
    ascii(
      "This is a test using a larger than block-size key and a larger than block-size data. " +
        "The key needs to be hashed before being used by the HMAC algorithm.",
    ),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
];

describe("HMAC-SHA-256 is that of RFC 4231", () => {
  for (const [name, key, data, expected] of vectors) {
    test(`test case ${name}`, async () => {
      const imported = await importHmacKey(SecretBytes.take(bytes(key)));
      const mac = await computeMac(imported, bytes(data));
      assert.equal(toHex(mac).slice(0, expected.length), expected);
      assert.equal(await verifyMac(imported, bytes(data), mac), true);
    });
  }
});

test("a MAC of any other length is false, also one that is a beginning of the true one, and throws nothing", async () => {
  const key = await importHmacKey(SecretBytes.random(32));
  const message = bytes("00");
  const mac = await computeMac(key, message);
  for (const length of [0, 1, 16, 31]) assert.equal(await verifyMac(key, message, mac.slice(0, length)), false);
  assert.equal(await verifyMac(key, message, new Uint8Array([...mac, 0])), false);
  assert.equal(await verifyMac(key, message, mac), true);
});

test("the imported key cannot be exported, and outlives the secret it was made from", async () => {
  const secret = SecretBytes.random(32);
  const key = await importHmacKey(secret);
  const before = await computeMac(key, bytes("01"));
  secret.dispose();
  assert.deepEqual(await computeMac(key, bytes("01")), before);
  await assert.rejects(crypto.subtle.exportKey("raw", key), { name: "InvalidAccessError" });
});

test("hexadecimal has one text for each value: upper case, odd lengths and other characters are refused", () => {
  assert.deepEqual(parseHex("00ff10", 3), Uint8Array.of(0, 255, 16));
  assert.equal(toHex(Uint8Array.of(0, 255, 16)), "00ff10");
  for (const text of ["00FF10", "00ff1", "00ff1g", "00ff1000", "0x0f10", " 0ff10", ""]) {
    assert.equal(parseHex(text, 3), undefined);
  }
});
