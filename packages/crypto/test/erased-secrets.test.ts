import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeChannelKey } from "../src/channel-records/channel-announcements.ts";
import { historyKek } from "../src/history/history-keys.ts";
import { HistoryWriter } from "../src/history/history-writer.ts";
import { nodePrimitives } from "../src/primitives/node.ts";
import type { Primitives } from "../src/primitives/primitives.ts";
import type { SecretBytes } from "../src/secret-bytes.ts";
import { channelNumber, makeChannel } from "./channel-records/channel.ts";
import { makeDirection, secretOf } from "./session-records/direction.ts";

const content = Uint8Array.of(1);

/** A backend that remembers every secret it has derived. */
function remembering(): { readonly primitives: Primitives<"sync">; readonly alive: () => number } {
  const derived: SecretBytes[] = [];
  const primitives: Primitives<"sync"> = {
    ...nodePrimitives,
    hkdfExpand(...parameters) {
      const secret = nodePrimitives.hkdfExpand(...parameters);
      derived.push(secret);
      return secret;
    },
  };
  return { primitives, alive: () => derived.filter(isAlive).length };
}

function isAlive(secret: SecretBytes): boolean {
  try {
    secret.use(() => undefined);
    return true;
  } catch {
    return false;
  }
}

describe("secrets are erased once what follows from them is derived (SR-0.1)", () => {
  test("a direction of a session keeps the secret of its next generation and nothing else", async () => {
    const { primitives, alive } = remembering();
    const { sealer, opener, time } = makeDirection({ primitives, sealing: { updateAfterRecords: 2 } });
    for (let count = 0; count < 5; count += 1) {
      for (const record of await sealer.seal("data", content)) {
        time.nowMs += 10_000;
        await opener.open(record);
      }
      assert.equal(alive(), 2, "one of each end");
    }
    sealer.dispose();
    opener.dispose();
    assert.equal(alive(), 0);
  });

  test("a failed session and a closed one keep nothing", async () => {
    const { primitives, alive } = remembering();
    const { sealer, opener } = makeDirection({ primitives });
    await sealer.close(1000, "");
    assert.throws(() => opener.open(new Uint8Array(50)));
    assert.equal(alive(), 0);
  });

  test("a channel keeps the secret of its step; who has lost records or left keeps none", async () => {
    const { primitives, alive } = remembering();
    const { sealer, member } = await makeChannel({ primitives });
    const [one, other] = [await member(), await member()];
    for (let count = 0; count < 4; count += 1) {
      if (count > 0) sealer.memberJoined();
      const sealed = await sealer.seal(content);
      for (const each of [one, other]) await each.take(sealed);
      sealed.keys?.key.secret.dispose();
    }
    // E of step 3, which the sealer and both members have derived.
    assert.equal(alive(), 3);
    await sealer.seal(content);
    const behindGap = await sealer.seal(content);
    assert.equal((await one.channels.open(behindGap.record))?.type, "lost");
    await other.channels.leave(channelNumber);
    assert.equal(alive(), 1);
    sealer.dispose();
    assert.equal(alive(), 0);
  });

  test("a key that is not taken is not kept either", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    const { keys } = await sealer.seal(content);
    assert.ok(keys);
    const bytes = encodeChannelKey(9, keys.key);
    assert.throws(() => one.channels.channelKey(bytes), { code: "channel" });
    assert.ok(bytes.subarray(-32).every((byte) => byte === 0));
  });

  test("history keeps a key object and no secret", async () => {
    const { primitives, alive } = remembering();
    const kek = await historyKek(primitives, secretOf(1));
    const place = { tenant: "t", channel: "c", stream: "s" };
    await new HistoryWriter({ primitives }).seal({ kek, place, content });
    assert.equal(alive(), 0);
    assert.ok(isAlive(kek.secret), "the KEK is its owner's");
  });
});
