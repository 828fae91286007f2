import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CapturedSession } from "../../src/capture/captured-session.ts";
import { encodeChannelKey } from "../../src/channel-records/channel-announcements.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import { makeChannel } from "../channel-records/channel.ts";
import { makeDirection, sealOne, secretOf } from "../session-records/direction.ts";

const content = Uint8Array.of(1, 2, 3);

function makeCapture(clientByte = 7, gatewayByte = 8): CapturedSession<"sync"> {
  const secrets = { client: secretOf(clientByte), gateway: secretOf(gatewayByte) };
  return new CapturedSession({ primitives: nodePrimitives, algorithm: "aes-256-gcm", ...secrets });
}

describe("a captured session, for somebody who has its secrets", () => {
  test("opens records of both directions in any order and across generations, each as often as asked", async () => {
    const { sealer } = makeDirection({ sealing: { updateAfterRecords: 3 } });
    const answer = makeDirection({ side: "gateway", secretByte: 8 });
    const records = [];
    for (let count = 0; count < 8; count += 1) records.push(...(await sealer.seal("data", content)));
    const capture = makeCapture();
    for (const record of [...records.toReversed(), ...records]) {
      const length = record[0] === 0x13 ? 0 : 3;
      assert.deepEqual(capture.open(record), { from: "client", content: content.subarray(0, length) });
    }
    assert.deepEqual(capture.open(await sealOne(answer.sealer)), { from: "gateway", content });
  });

  test("learns a channel's key from the record that tells it", async () => {
    const { sealer } = makeDirection({ side: "gateway", secretByte: 8 });
    const channel = await makeChannel();
    const [first, second] = [await channel.sealer.seal(content), await channel.sealer.seal(content)];
    channel.sealer.memberJoined();
    const third = await channel.sealer.seal(content);
    const capture = makeCapture();
    assert.equal(capture.open(first.record), undefined, "before it knows the key");
    assert.ok(first.keys);
    const [announced] = await sealer.seal("channelKey", encodeChannelKey(3, first.keys.key));
    assert.equal(capture.open(announced ?? content)?.content.length, 70);
    for (const { record } of [second, first, third]) {
      assert.deepEqual(capture.open(record), { from: "gateway", content });
    }
  });

  test("opens nothing that was changed, is of another session, or names a generation far away", async () => {
    const record = await sealOne(makeDirection().sealer);
    assert.deepEqual(makeCapture().open(record), { from: "client", content });
    assert.equal(makeCapture(9).open(record), undefined);
    assert.equal(makeCapture().open(record.with(20, (record[20] ?? 0) ^ 1)), undefined);
    assert.equal(makeCapture().open(record.with(2, 0xff)), undefined);
    assert.equal(makeCapture().open(new Uint8Array(0)), undefined);
  });
});
