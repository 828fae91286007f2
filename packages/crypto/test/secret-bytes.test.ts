import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import type { CryptoErrorCode } from "../src/crypto-error.ts";
import { SecretBytes } from "../src/secret-bytes.ts";

/** Bytes whose hexadecimal, decimal, Latin-1 and base64 forms are easy to find. */
const canary = Uint8Array.from({ length: 32 }, (_, index) => 0xc0 + index);

function code(expected: CryptoErrorCode): object {
  return { name: "CryptoError", code: expected };
}

/** Reads the bytes the way the rest of the package does: a copy made inside `use`. */
function read(secret: SecretBytes): number[] {
  return secret.use((bytes) => [...bytes]);
}

describe("ownership of secret bytes", () => {
  test("take() moves the bytes: the array it was given holds zeros", () => {
    const given = Uint8Array.from(canary);
    const secret = SecretBytes.take(given);
    assert.deepEqual(read(secret), [...canary]);
    assert.deepEqual(given, new Uint8Array(32));
  });

  test("take() of a part of a buffer erases that part and nothing around it", () => {
    const whole = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const secret = SecretBytes.take(whole.subarray(2, 4));
    assert.deepEqual(read(secret), [3, 4]);
    assert.deepEqual([...whole], [1, 2, 0, 0, 5, 6]);
  });

  test("take() of a pooled Buffer holds no memory of the pool", () => {
    const pooled = Buffer.from("a secret of the pool");
    assert.notEqual(pooled.buffer.byteLength, pooled.byteLength, "the Buffer is not pooled; the test shows nothing");
    const secret = SecretBytes.take(pooled);
    assert.equal(
      secret.use((bytes) => bytes.buffer.byteLength),
      secret.length,
    );
  });

  test("copyOf() leaves what it was given and does not follow its changes", () => {
    const given = Uint8Array.from(canary);
    const secret = SecretBytes.copyOf(given);
    assert.deepEqual(given, canary);
    given.fill(9);
    assert.deepEqual(read(secret), [...canary]);
  });

  test("random() gives other bytes each time, of the length asked for", () => {
    const one = SecretBytes.random(32);
    const other = SecretBytes.random(32);
    assert.equal(one.length, 32);
    assert.equal(one.equals(other), false);
    assert.notDeepEqual(read(one), new Array(32).fill(0));
  });

  test("no secret is empty, and random() refuses what the generator cannot give at once", () => {
    assert.throws(() => SecretBytes.take(new Uint8Array(0)), code("invalid-length"));
    assert.throws(() => SecretBytes.copyOf(new Uint8Array(0)), code("invalid-length"));
    for (const length of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 65_537]) {
      assert.throws(() => SecretBytes.random(length), code("invalid-length"), String(length));
    }
    assert.equal(SecretBytes.random(65_536).length, 65_536);
  });
});

describe("use of secret bytes", () => {
  test("use() returns what its function computes, a promise too, and passes on what it throws", async () => {
    const secret = SecretBytes.copyOf(Uint8Array.of(1, 2, 3));
    assert.equal(
      secret.use((bytes) => bytes.reduce((sum, byte) => sum + byte)),
      6,
    );
    const digest = await secret.use((bytes) => crypto.subtle.digest("SHA-256", bytes));
    assert.equal(digest.byteLength, 32);
    assert.throws(() => secret.use(() => assert.fail("mine")), { message: "mine" });
  });

  test("use() refuses to return the bytes, a view of them or their buffer", () => {
    const secret = SecretBytes.copyOf(canary);
    assert.throws(() => secret.use((bytes) => bytes), code("escaped"));
    assert.throws(() => secret.use((bytes) => bytes.subarray(1, 2)), code("escaped"));
    assert.throws(() => secret.use((bytes) => new DataView(bytes.buffer)), code("escaped"));
    assert.throws(() => secret.use((bytes) => bytes.buffer), code("escaped"));
  });

  test("use() returns a copy: only the bytes themselves are refused", () => {
    const secret = SecretBytes.copyOf(canary);
    assert.deepEqual(
      secret.use((bytes) => bytes.slice()),
      canary,
    );
  });
});

describe("comparison of secret bytes", () => {
  test("equals() is true for the same bytes in another holder and for itself", () => {
    const secret = SecretBytes.copyOf(canary);
    assert.equal(secret.equals(SecretBytes.copyOf(canary)), true);
    assert.equal(secret.equals(secret), true);
  });

  test("equals() sees every single flipped bit", () => {
    const secret = SecretBytes.copyOf(canary);
    for (let bit = 0; bit < canary.length * 8; bit += 1) {
      const flipped = Uint8Array.from(canary, (byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      assert.equal(secret.equals(SecretBytes.take(flipped)), false, `bit ${bit}`);
    }
  });

  test("equals() refuses another length without throwing, be it a prefix or an extension by zeros", () => {
    const secret = SecretBytes.copyOf(canary);
    const longer = new Uint8Array(33);
    longer.set(canary);
    assert.equal(secret.equals(SecretBytes.copyOf(canary.subarray(0, 31))), false);
    assert.equal(secret.equals(SecretBytes.take(longer)), false);
  });

  test("two holders of the same bytes are not deeply equal: equals() is the only comparison", () => {
    assert.notDeepEqual(SecretBytes.copyOf(canary), SecretBytes.copyOf(canary));
  });
});

describe("the end of secret bytes", () => {
  test("dispose() fills the bytes with zeros", () => {
    const secret = SecretBytes.copyOf(canary);
    let kept = new Uint8Array(0);
    secret.use((bytes) => {
      kept = bytes;
    });
    assert.deepEqual(kept, canary);
    secret.dispose();
    assert.deepEqual(kept, new Uint8Array(32));
  });

  test("a disposed secret can be neither used nor compared, from either side", () => {
    const secret = SecretBytes.copyOf(canary);
    const other = SecretBytes.copyOf(canary);
    secret.dispose();
    assert.throws(() => secret.use(() => assert.fail("was called")), code("disposed"));
    assert.throws(() => secret.equals(other), code("disposed"));
    assert.throws(() => other.equals(secret), code("disposed"));
    assert.throws(() => secret.equals(secret), code("disposed"));
  });

  test("dispose() may be called again and leaves the length and the redacted form", () => {
    const secret = SecretBytes.copyOf(canary);
    secret.dispose();
    secret.dispose();
    assert.equal(secret.length, 32);
    assert.equal(String(secret), "SecretBytes(32 bytes, redacted)");
  });

  test("`using` disposes at the end of the block", () => {
    let outlived: SecretBytes;
    {
      using secret = SecretBytes.copyOf(canary);
      outlived = secret;
      assert.equal(secret.length, 32);
    }
    assert.throws(() => read(outlived), code("disposed"));
  });

  test("a runtime without Symbol.dispose loads the class and has dispose() alone", async () => {
    const fresh = new URL("../src/secret-bytes.ts?without-symbol-dispose", import.meta.url).href;
    const realSymbol = globalThis.Symbol;
    globalThis.Symbol = Object.create(realSymbol, { dispose: { value: undefined } });
    let room: typeof import("../src/secret-bytes.ts");
    try {
      room = await import(fresh);
    } finally {
      globalThis.Symbol = realSymbol;
    }
    const secret = room.SecretBytes.copyOf(canary);
    assert.equal(Symbol.dispose in secret, false);
    assert.equal(
      Object.keys(Object.getOwnPropertyDescriptors(room.SecretBytes.prototype)).includes("undefined"),
      false,
    );
    assert.equal(Symbol.dispose in SecretBytes.prototype, true);
    secret.dispose();
    assert.throws(() => secret.use(() => undefined), code("disposed"));
  });
});

describe("what secret bytes show", () => {
  /** Every way a value gets into a log, a message or a file by accident. */
  const inspections: Readonly<Record<string, (value: object) => string>> = {
    "String()": (value) => String(value),
    "a template": (value) => `${value}`,
    concatenation: (value) => "".concat(value as unknown as string),
    "JSON.stringify": (value) => JSON.stringify({ nested: [value] }),
    "util.inspect": (value) => inspect(value),
    "util.inspect of everything": (value) =>
      inspect({ nested: { value } }, { showHidden: true, depth: null, getters: true, showProxy: true }),
    "an error's cause": (value) => inspect(new Error("failed", { cause: value })),
    "its own properties": (value) =>
      Reflect.ownKeys(value)
        .map((key) => String(Reflect.get(value, key)))
        .join(),
    "a spread": (value) => inspect({ ...value }),
  };

  for (const [way, inspection] of Object.entries(inspections)) {
    test(`${way} shows no byte of a secret, while it shows those of a plain Uint8Array`, () => {
      assert.equal(leaks(inspection(SecretBytes.copyOf(canary))), false);
      assert.equal(leaks(inspection(canary)), true, "the inspection finds nothing; the test shows nothing");
    });
  }

  test("strings, JSON and inspect name the class and the length", () => {
    const secret = SecretBytes.copyOf(canary);
    assert.equal(`${secret}`, "SecretBytes(32 bytes, redacted)");
    assert.equal(JSON.stringify({ secret }), '{"secret":"SecretBytes(32 bytes, redacted)"}');
    assert.equal(inspect({ secret }), "{ secret: SecretBytes(32 bytes, redacted) }");
  });

  test("structuredClone and postMessage refuse a secret, while they take a plain Uint8Array", () => {
    const { port1, port2 } = new MessageChannel();
    const secret = SecretBytes.copyOf(canary);
    assert.throws(() => structuredClone(secret), { name: "DataCloneError" });
    assert.throws(() => structuredClone({ nested: [secret] }), { name: "DataCloneError" });
    assert.throws(() => port1.postMessage(secret), { name: "DataCloneError" });
    assert.deepEqual(structuredClone(canary), canary);
    port1.close();
    port2.close();
  });

  /** Whether three neighbouring bytes of the canary appear in decimal or hexadecimal. */
  function leaks(text: string): boolean {
    const digits = text.toLowerCase().replaceAll(/"\d+":|'\d+':|\s/g, "");
    return digits.includes("200,201,202") || digits.includes("c8c9ca");
  }
});
