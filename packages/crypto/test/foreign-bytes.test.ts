import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CapturedSession } from "../src/capture/captured-session.ts";
import { encodeChannelKey } from "../src/channel-records/channel-announcements.ts";
import { channelRecordType } from "../src/channel-records/channel-header.ts";
import { JoinedChannels } from "../src/channel-records/joined-channels.ts";
import { historyItemType } from "../src/history/history-item.ts";
import { HistoryKeys, historyKek } from "../src/history/history-keys.ts";
import { HistoryReader } from "../src/history/history-reader.ts";
import { nodePrimitives } from "../src/primitives/node.ts";
import { channelNumber, Member, makeChannel } from "./channel-records/channel.ts";
import { makeDirection, secretOf } from "./session-records/direction.ts";

const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const parameters = { seed, numRuns: 500 };

/** Bytes of a stranger, which often begin like something of ours and often change something of ours. */
function bytesLike(first: number, genuine: Uint8Array): fc.Arbitrary<Uint8Array> {
  const random = fc.uint8Array({ maxLength: 300 });
  const typed = random.map((bytes) => Uint8Array.of(first, ...bytes));
  const changed = fc
    .tuple(fc.nat(genuine.length - 1), fc.integer({ min: 1, max: 255 }))
    .map(([at, change]) => genuine.with(at, (genuine[at] ?? 0) ^ change));
  const cut = fc.nat(genuine.length - 1).map((length) => genuine.subarray(0, length));
  return fc.oneof(random, typed, changed, cut);
}

describe(`whatever bytes a stranger sends (WARDWIRE_FUZZ_SEED=${seed})`, () => {
  test("a session answers with its one error", async () => {
    const { sealer, opener } = makeDirection();
    const [genuine] = await sealer.seal("data", new Uint8Array(10));
    assert.ok(genuine);
    fc.assert(
      fc.property(bytesLike(0x12, genuine), (record) => {
        assert.throws(() => makeDirection().opener.open(record), { code: "session" });
      }),
      parameters,
    );
    assert.equal((await opener.open(genuine))?.type, "data");
  });

  test("a channel answers with its one error, to records and to what a session says about them", async () => {
    const { sealer, signer } = await makeChannel();
    const sealed = await sealer.seal(new Uint8Array(10));
    const verifier = nodePrimitives.ed25519.verifier(signer.publicKey);
    const member = await Member.of(signer);
    assert.ok(sealed.keys);
    const key = encodeChannelKey(channelNumber, sealed.keys.key);
    fc.assert(
      fc.property(bytesLike(channelRecordType, sealed.record), (bytes) => {
        for (const give of ["open", "skip", "heartbeat"] as const) {
          const channels = new JoinedChannels({ primitives: nodePrimitives, verifier });
          channels.join(channelNumber);
          channels.channelKey(key.slice());
          // Two zero bytes are a heartbeat about no channel.
          if (give === "heartbeat" && bytes.length === 2 && bytes[0] === 0 && bytes[1] === 0) continue;
          assert.throws(() => channels[give](bytes.slice()), { code: "channel" });
        }
      }),
      parameters,
    );
    assert.equal((await member.take(sealed))?.type, "content");
  });

  test("a reading of history breaks, and throws nothing", async () => {
    const kek = historyKek(nodePrimitives, secretOf(1));
    const place = { tenant: "t", channel: "c", stream: "s" };
    const keys = new HistoryKeys(nodePrimitives, 4);
    const genuine = Uint8Array.of(historyItemType, ...kek.id, ...new Uint8Array(60));
    fc.assert(
      fc.property(bytesLike(historyItemType, genuine), (item) => {
        const options = { primitives: nodePrimitives, keys, place, kekOf: () => kek, messageIdOf: () => "1" };
        const reader = new HistoryReader<"sync">(options);
        assert.equal(reader.next(item), undefined);
        assert.equal(reader.isBroken, true);
      }),
      parameters,
    );
  });

  test("a capture that is looked at opens nothing, and throws nothing", async () => {
    const [genuine] = await makeDirection().sealer.seal("data", new Uint8Array(10));
    assert.ok(genuine);
    const secrets = { client: secretOf(7), gateway: secretOf(8) };
    const capture = new CapturedSession({ primitives: nodePrimitives, algorithm: "aes-256-gcm", ...secrets });
    fc.assert(
      fc.property(bytesLike(0x12, genuine), (record) => {
        assert.equal(capture.open(record), undefined);
      }),
      { ...parameters, numRuns: 200 },
    );
    assert.ok(capture.open(genuine));
  });
});
