import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pinGroups, sealFacts } from "../../../src/components/seal/seal-words.ts";

const pin = "sha256:abcdEFGH0123-_-_abcdEFGH0123-_-_abcdEFGHxyz";
const since = { keysSince: Date.UTC(2026, 10, 21, 12), handshakes: 1, bundleExpiresAt: 0 };
const seal = { protection: "sealed", postQuantum: true, pin, ...since } as const;

describe("the words for a seal", () => {
  test("say first who can read, and who cannot", () => {
    const [first] = sealFacts({ ...seal, suite: "X-Wing + AES-256-GCM" });
    assert.equal(first?.name, "Who can read");
    assert.match(first?.words ?? "", /the server\. Not .*a proxy or a CDN/);
  });

  test("name what encrypts in each suite, and what agrees on the keys", () => {
    for (const [suite, cipher] of [
      ["X-Wing + AES-256-GCM", "AES-256-GCM"],
      ["X-Wing + ChaCha20-Poly1305", "ChaCha20-Poly1305"],
    ] as const) {
      const words = sealFacts({ ...seal, suite }).find(({ name }) => name === "Encryption")?.words;
      assert.ok(words?.includes(cipher) && words.includes("ML-KEM-768 and X25519"), words);
    }
  });

  test("tell the time of the keys with its day", () => {
    const words = sealFacts({ ...seal, suite: "X-Wing + AES-256-GCM" }).at(-1);
    assert.match(words?.words ?? "", /2026/);
  });

  test("show a pin in groups of four, which together are the pin", () => {
    const groups = pinGroups(pin);
    assert.equal(groups.join(""), pin);
    assert.deepEqual([groups[0], groups[1], groups.at(-1)], ["sha256:", "abcd", "xyz"]);
    assert.ok(groups.slice(1).every(({ length }) => length <= 4));
  });
});
