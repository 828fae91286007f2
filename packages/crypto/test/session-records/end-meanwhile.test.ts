import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCloseContent } from "../../src/session-records/close-content.ts";
import { asynchronous, isAlive, watched } from "../fixtures/watched-backend.ts";
import { makeDirection, sealOne, secretOf } from "./direction.ts";

const refused = { name: "CryptoError", code: "session", message: "the sealed session failed" };
const content = Uint8Array.of(1, 2, 3);

describe("an end while an asynchronous backend is at work", () => {
  test("a record that was being opened brings nothing, and the error is the one there is (SR-1.4)", async () => {
    const { sealer, opener } = makeDirection({ primitives: asynchronous });
    const [one, two] = [await sealOne(sealer), await sealOne(sealer)];
    assert.deepEqual(await opener.open(one), { type: "data", content });
    const opening = opener.open(two);
    opener.dispose();
    await assert.rejects(async () => opening, refused);
  });

  test("keys that were being derived are kept by nobody, at either end (SR-0.1)", async () => {
    const record = await sealOne(makeDirection().sealer);
    let end: () => void = () => undefined;
    const { primitives, alive } = watched(() => end());
    const { sealer, opener } = makeDirection({ primitives });
    end = () => opener.dispose();
    await assert.rejects(async () => opener.open(record), refused);
    end = () => sealer.dispose();
    await assert.rejects(async () => sealer.seal("data", content), { code: "disposed" });
    assert.equal(alive(), 0);
  });

  test("nor are those of an update, while one that nobody ends goes through (SR-4.1)", async () => {
    for (const isEnded of [true, false]) {
      let end: () => void = () => undefined;
      const { primitives, alive } = watched(() => end());
      const { sealer } = makeDirection({ primitives, sealing: { updateAfterRecords: 2 } });
      await sealOne(sealer);
      if (isEnded) end = () => sealer.dispose();
      const updating = async (): Promise<unknown> => sealer.seal("data", content);
      if (isEnded) await assert.rejects(updating, { code: "disposed" });
      else await updating();
      sealer.dispose();
      assert.equal(alive(), 0);
    }
  });

  test("keys that cannot be imported leave no secret behind (SR-0.1)", async () => {
    const { primitives, alive } = watched(() => assert.fail("the platform has no such key"));
    const { sealer } = makeDirection({ primitives });
    await assert.rejects(async () => sealer.seal("data", content), { message: "the platform has no such key" });
    assert.equal(alive(), 0);
  });
});

describe("a CLOSE (SR-3.1)", () => {
  const close = (reason: readonly number[]): Uint8Array => Uint8Array.of(0x11, 0x31, 0, 0, 0, 0, 0, 0, 0, 0, ...reason);

  test("has a reason in UTF-8, to the byte; other bytes are no CLOSE", () => {
    for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80]]) assert.equal(parseCloseContent(close(bad)), undefined);
    const whole = parseCloseContent(close([0xef, 0xbb, 0xbf, 0xc3, 0xa9]));
    assert.deepEqual(whole, { code: 4401, finalSeq: 0, reason: "\u{feff}é" });
    assert.equal(parseCloseContent(close([]))?.reason, "");
  });
});

describe("the secret of a change to fresh keys (SR-5.2)", () => {
  test("is gone when the direction has ended already", async () => {
    const { sealer, opener } = makeDirection();
    await sealer.close(1000, "");
    const [mine, theirs] = [secretOf(9), secretOf(9)];
    assert.throws(() => sealer.switchTo(mine), { code: "disposed" });
    opener.dispose();
    opener.expectSwitch(theirs);
    assert.deepEqual([isAlive(mine), isAlive(theirs)], [false, false]);
  });

  test("is gone when it ends meanwhile, and in force when it does not", async () => {
    for (const isEnded of [true, false]) {
      const { sealer } = makeDirection({ primitives: asynchronous });
      await sealOne(sealer);
      const secret = secretOf(9);
      const switching = sealer.switchTo(secret);
      if (isEnded) {
        sealer.dispose();
        await assert.rejects(async () => switching, { code: "disposed" });
      } else await switching;
      assert.equal(isAlive(secret), !isEnded);
      sealer.dispose();
    }
  });
});
