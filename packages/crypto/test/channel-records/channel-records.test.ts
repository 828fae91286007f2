import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { concatBytes } from "../../src/bytes.ts";
import {
  channelRecordBytes,
  encodeChannelHeader,
  parseChannelHeader,
} from "../../src/channel-records/channel-header.ts";
import { ChannelOpener } from "../../src/channel-records/channel-opener.ts";
import { signedBytes } from "../../src/channel-records/channel-signature.ts";
import { ChannelStep } from "../../src/channel-records/channel-step.ts";
import { inSteps } from "../../src/primitives/steps.ts";
import { backends } from "../primitives/backends.ts";
import { secretOf } from "../session-records/direction.ts";
import { channelNumber, type Member, makeChannel } from "./channel.ts";

const refused = { name: "CryptoError", code: "channel", message: "the sealed channel failed" };
const content = Uint8Array.of(1, 2, 3);
const opened = { type: "content", channel: channelNumber, content };

for (const primitives of backends) {
  describe(`channel records on ${primitives.backend}`, () => {
    test("one record opens for every member, across joins and fresh epochs", async () => {
      const { sealer, time, member } = await makeChannel({ primitives });
      const members = [await member()];
      for (let turn = 0; turn < 6; turn += 1) {
        if (turn % 2 === 1) {
          sealer.memberJoined();
          members.push(await member());
        }
        if (turn === 4) sealer.memberExpelled();
        time.nowMs += 1_000;
        const sealed = await sealer.seal(content);
        for (const each of members) assert.deepEqual(await each.take(sealed), opened);
      }
    });

    test("records that come at once are opened in order", async () => {
      const { sealer, member } = await makeChannel({ primitives });
      const one = await member();
      const sealed = await Promise.all(Array.from({ length: 5 }, (_, index) => sealer.seal(Uint8Array.of(index))));
      for (const each of sealed) await one.takeKeys(each);
      const opening = await Promise.all(sealed.map(({ record }) => one.channels.open(record)));
      const contents = opening.map((each) => (each?.type === "content" ? each.content[0] : -1));
      assert.deepEqual(contents, [0, 1, 2, 3, 4]);
    });

    test("a wrong tag is refused", async () => {
      const { sealer, member } = await makeChannel({ primitives });
      const one = await member();
      const sealed = await sealer.seal(content);
      const record = sealed.record.with(40, (sealed.record[40] ?? 0) ^ 1);
      await assert.rejects(async () => one.take({ ...sealed, record }), refused);
    });
  });
}

describe("a channel record is refused, with the one error, and everything after it (RK-3.2)", () => {
  type Change = (record: Uint8Array, next: Uint8Array) => Uint8Array;
  const flip =
    (index: number): Change =>
    (record) =>
      record.with(index < 0 ? record.length + index : index, (record.at(index) ?? 0) ^ 1);
  const changes: readonly (readonly [what: string, change: Change])[] = [
    ...Array.from({ length: channelRecordBytes.header }, (_, at) => [`a bit of header byte ${at}`, flip(at)] as const),
    ["a bit of the ciphertext", flip(channelRecordBytes.header)],
    ["a bit of the tag", flip(-channelRecordBytes.signature - 1)],
    ["the first bit of the signature", flip(-channelRecordBytes.signature)],
    ["the last bit of the signature", flip(-1)],
    ["a byte less", (record) => record.subarray(0, -1)],
    ["a byte more", (record) => concatBytes(record, Uint8Array.of(0))],
    ["nothing but a header", (record) => record.subarray(0, channelRecordBytes.header)],
    ["no bytes", () => new Uint8Array(0)],
    ["the signature of another record", (record, next) => concatBytes(record.subarray(0, -64), next.subarray(-64))],
    ["the ciphertext of another record", (record, next) => concatBytes(record.subarray(0, 27), next.subarray(27))],
    ["a step two ahead", (record) => record.with(18, 2)],
    ["a record longer than any", (record) => concatBytes(record, new Uint8Array(61_440))],
  ];
  for (const [what, change] of changes) {
    test(what, async () => {
      const { sealer, member } = await makeChannel();
      const one = await member();
      const sealed = await sealer.seal(content);
      const { record: next } = await sealer.seal(content);
      await one.takeKeys(sealed);
      assert.throws(() => one.channels.open(change(sealed.record, next).slice()), refused);
      assert.throws(() => one.channels.open(sealed.record), refused, "there is no second try");
    });
  }

  test("and unchanged it is opened", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    assert.deepEqual(await one.take(await sealer.seal(content)), opened);
  });

  test("a record that has been opened, again", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    const sealed = await sealer.seal(content);
    await one.take(sealed);
    assert.throws(() => one.channels.open(sealed.record), refused);
  });

  test("a record of another channel, of another process, and of an epoch it has no key of", async () => {
    for (const other of [{ channelByte: 2 }, {}]) {
      const { sealer, member } = await makeChannel();
      const one = await member();
      await one.take(await sealer.seal(content));
      const { record } = await (await makeChannel(other)).sealer.seal(content);
      assert.throws(() => one.channels.open(record), refused);
    }
  });

  test("a record of a step that was left behind", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    const first = await sealer.seal(content);
    sealer.memberJoined();
    const second = await sealer.seal(content);
    await one.take(first);
    await one.take(second);
    const third = await sealer.seal(content);
    assert.throws(() => one.channels.open(third.record.with(18, 0)), refused);
  });
});

describe("who knows a channel's key cannot speak for the gateway (RK-6)", () => {
  /** What a member can make: the right key, and a signature of its own. */
  async function forge(signerByte: number): Promise<{ one: Member; forged: Uint8Array }> {
    const { sealer, member, primitives } = await makeChannel();
    const one = await member();
    const sealed = await sealer.seal(content);
    const key = sealed.keys?.key;
    assert.ok(key);
    await one.take(sealed);
    const header = encodeChannelHeader({ epochId: key.epochId, step: 0, seq: 1 });
    const step = await inSteps(ChannelStep.derive(primitives, key.epochId, 0, key.secret));
    const body = await step.key.seal(step.nonce(1), header, Uint8Array.of(0, 1, 66));
    const signer = await primitives.ed25519.signer(secretOf(signerByte));
    const signature = await signer.sign(await inSteps(signedBytes(primitives, header, body)));
    return { one, forged: concatBytes(header, body, signature) };
  }

  test("a record under the right key, signed by a member or another incarnation, is refused (RK-4)", async () => {
    const { one, forged } = await forge(6);
    assert.throws(() => one.channels.open(forged), refused);
  });

  test("the same record signed by the gateway's process is accepted", async () => {
    const { one, forged } = await forge(5);
    assert.deepEqual(await one.channels.open(forged), { ...opened, content: Uint8Array.of(66) });
  });
});

test("state is committed only after tag and signature verify: a step ahead that fails moves nothing (RK-3.1)", async () => {
  const { sealer, primitives, signer } = await makeChannel();
  const opener = new ChannelOpener(primitives, await primitives.ed25519.verifier(signer.publicKey));
  const first = await sealer.seal(content);
  assert.ok(first.keys);
  await inSteps(opener.accept(first.keys.key));
  sealer.memberJoined();
  const ahead = await sealer.seal(content);
  const open = (record: Uint8Array): unknown => {
    const header = parseChannelHeader(record);
    assert.ok(header);
    return inSteps(opener.open(header, record));
  };
  assert.throws(() => open(ahead.record.with(40, (ahead.record[40] ?? 0) ^ 1)), refused, "tag");
  assert.throws(
    () => open(ahead.record.with(-1 + ahead.record.length, (ahead.record.at(-1) ?? 0) ^ 1)),
    refused,
    "signature",
  );
  assert.deepEqual(open(first.record), content, "what came before is still what is expected");
});
