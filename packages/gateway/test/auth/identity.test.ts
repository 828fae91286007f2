import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createIdentity, type Identity } from "../../src/auth/identity.ts";

const good: Identity = { userId: "alice", expiresAt: 1_800_000_000_000, claims: {} };

function refuses(changes: object, message: RegExp): void {
  assert.throws(() => createIdentity({ ...good, ...changes }), { code: "invalid-identity", message });
}

describe("createIdentity", () => {
  it("copies and freezes an identity within its bounds", () => {
    const fields = { ...good, deviceId: "phone", sessionId: "s", tokenId: "t", issuedAt: 0 };
    const identity = createIdentity(fields);
    assert.deepEqual(identity, fields);
    assert.notEqual(identity, fields);
    assert.ok(Object.isFrozen(identity));
  });

  it("accepts ids of 1 to 256 characters in any script", () => {
    for (const userId of ["a", "u".repeat(256), "Zoë", "李雷", "auth0|5f7c8ec7c33c6c004bbafe82", "a b", "💥"]) {
      assert.equal(createIdentity({ ...good, userId }).userId, userId);
    }
  });

  const hostile = {
    "an empty string": "",
    "257 characters": "u".repeat(257),
    NUL: "a\u0000b",
    "a line feed": "a\nb",
    DEL: "a\u007fb",
    "a C1 control": "a\u0085b",
    "a line separator": "a\u2028b",
    "a right-to-left override": "a\u202eb",
    "an isolate": "a\u2066b",
    "half a surrogate pair": "a\ud800b",
    "a number": 7,
    "an object": { toString: (): string => "alice" },
    null: null,
  };
  for (const [name, value] of Object.entries(hostile)) {
    it(`refuses an id that is or holds ${name}`, () => {
      for (const field of ["userId", "deviceId", "sessionId", "tokenId"]) {
        refuses({ [field]: value }, new RegExp(`^${field}:`));
      }
    });
  }

  it("refuses times that are no whole milliseconds", () => {
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 60, "0", null, new Date(0)]) {
      refuses({ expiresAt: time }, /^expiresAt:/);
      refuses({ issuedAt: time }, /^issuedAt:/);
    }
    refuses({ expiresAt: undefined }, /^expiresAt:/);
  });
});
