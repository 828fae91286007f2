import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { watched } from "../fixtures/watched-backend.ts";
import { makeChannel } from "./channel.ts";

const refused = { name: "CryptoError", code: "channel", message: "the sealed channel failed" };
const content = Uint8Array.of(1, 2, 3);

describe("an end while an asynchronous backend is at work", () => {
  test("a channel record that was being opened brings nothing, and one that nobody ends does (RK-3.2)", async () => {
    for (const isEnded of [true, false]) {
      const { primitives, alive } = watched();
      const { sealer, member } = await makeChannel({ primitives });
      const { channels, key } = await joinedMember({ sealer, member });
      const sealed = await sealer.seal(content);
      const opening = channels.open(sealed.record);
      if (isEnded) {
        channels.dispose();
        await assert.rejects(async () => opening, refused);
      } else assert.equal((await opening)?.type, "content");
      channels.dispose();
      sealer.dispose();
      key.secret.dispose();
      assert.equal(alive(), 0);
    }
  });

  test("keys that were being derived are kept by nobody, at either end", async () => {
    let end: () => void = () => undefined;
    const { primitives, alive } = watched(() => end());
    const { sealer, member } = await makeChannel({ primitives });
    const { channels, key } = await joinedMember({ sealer, member });
    sealer.memberJoined();
    const stepped = await sealer.seal(content);
    stepped.keys?.key.secret.dispose();
    end = () => channels.dispose();
    await assert.rejects(async () => channels.open(stepped.record), refused);
    sealer.memberJoined();
    end = () => sealer.dispose();
    await assert.rejects(async () => sealer.seal(content), { code: "disposed" });
    key.secret.dispose();
    assert.equal(alive(), 0);
  });

  test("nor those of a step ahead whose record is forged (RK-3.1)", async () => {
    const { primitives, alive } = watched();
    const { sealer, member } = await makeChannel({ primitives });
    const { channels, key } = await joinedMember({ sealer, member });
    sealer.memberJoined();
    const { record, keys } = await sealer.seal(content);
    for (const secret of [key.secret, keys?.key.secret]) secret?.dispose();
    sealer.dispose();
    await assert.rejects(async () => channels.open(record.with(40, (record[40] ?? 0) ^ 1)), refused);
    assert.equal(alive(), 0);
  });
});

type TestChannel = Awaited<ReturnType<typeof makeChannel>>;

/** A member that has opened the channel's first record, and the key that it was told. */
async function joinedMember({ sealer, member }: Pick<TestChannel, "sealer" | "member">) {
  const joined = await member();
  const sealed = await sealer.seal(content);
  await joined.take(sealed);
  assert.ok(sealed.keys);
  return { channels: joined.channels, key: sealed.keys.key };
}
