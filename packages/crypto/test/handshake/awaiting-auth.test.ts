import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AwaitingAuth } from "../../src/handshake/awaiting-auth.ts";
import { encodeHeader } from "../../src/session-records/record-header.ts";
import type { RecordType } from "../../src/session-records/record-types.ts";

const session = { name: "CryptoError", code: "session" };

/** A sealed record of `length` bytes; nothing here opens it. */
function record(type: RecordType, length: number = 100, ends: boolean = true): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(encodeHeader({ type, ends, generation: 0, seq: 0 }));
  return bytes;
}

describe("before AUTH_OK", () => {
  test("AUTH is let through, in chunks too, and what follows waits in order (HS-2.1, HS-2.2)", () => {
    const awaiting = new AwaitingAuth(() => 0);
    assert.equal(awaiting.receive(record("auth", 100, false)), "open");
    assert.equal(awaiting.receive(record("auth")), "open");
    const [one, two] = [record("data", 200), record("heartbeat", 50)];
    assert.equal(awaiting.receive(one), "held");
    assert.equal(awaiting.receive(two), "held");
    assert.deepEqual(awaiting.release(), [one, two]);
    assert.deepEqual(awaiting.release(), []);
  });

  test("a record of any other type before AUTH, or between its chunks, is fatal (HS-2.1)", () => {
    for (const type of ["data", "keyUpdate", "close", "heartbeat", "rehandshake", "switch", "authOk"] as const) {
      assert.throws(() => new AwaitingAuth(() => 0).receive(record(type)), session, type);
      const between = new AwaitingAuth(() => 0);
      between.receive(record("auth", 100, false));
      assert.throws(() => between.receive(record(type)), session, type);
    }
    for (const bytes of [new Uint8Array(0), new Uint8Array(13), new Uint8Array(100), new Uint8Array(100).fill(0x20)]) {
      assert.throws(() => new AwaitingAuth(() => 0).receive(bytes), session);
    }
  });

  test("AUTH in more than 8 records is fatal, in 8 it is not (HS-2.1)", () => {
    const awaiting = new AwaitingAuth(() => 0);
    for (let chunk = 0; chunk < 8; chunk += 1) awaiting.receive(record("auth", 30, false));
    assert.throws(() => awaiting.receive(record("auth", 30, true)), session);
  });

  test("at most 8 records and 16 KiB wait (HS-2.2)", () => {
    const many = new AwaitingAuth(() => 0);
    many.receive(record("auth"));
    for (let held = 0; held < 8; held += 1) many.receive(record("data", 30));
    assert.throws(() => many.receive(record("data", 30)), session);
    const large = new AwaitingAuth(() => 0);
    large.receive(record("auth"));
    assert.equal(large.receive(record("data", 16_384)), "held");
    assert.throws(() => large.receive(record("data", 14)), session);
  });

  test("AUTH is late after 5 seconds, however slowly its chunks drip, and not once it is whole (HS-2.1)", () => {
    let nowMs = 1_000;
    const awaiting = new AwaitingAuth(() => nowMs);
    awaiting.receive(record("auth", 30, false));
    nowMs += 4_999;
    assert.equal(awaiting.isLate, false);
    nowMs += 1;
    assert.equal(awaiting.isLate, true);
    awaiting.receive(record("auth", 30));
    assert.equal(awaiting.isLate, false);
  });

  test("limits can be lowered and not raised", () => {
    const awaiting = new AwaitingAuth(() => 0, { maxHeldRecords: 1 });
    awaiting.receive(record("auth", 30));
    awaiting.receive(record("data"));
    assert.throws(() => awaiting.receive(record("data")), session);
    for (const limits of [
      { maxHeldRecords: 9 },
      { maxAuthRecords: 9 },
      { maxHeldBytes: 16_385 },
      { deadlineMs: 5_001 },
    ]) {
      assert.throws(() => new AwaitingAuth(() => 0, limits), { code: "invalid-limit" });
    }
  });
});
