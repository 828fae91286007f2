import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type ChannelPosition,
  encodeChannelKey,
  encodePositions,
  encodeSkip,
  parseChannelKey,
  parsePositions,
  parseSkip,
} from "../../src/channel-records/channel-announcements.ts";
import type { ChannelSealer } from "../../src/channel-records/channel-sealer.ts";
import { secretOf } from "../session-records/direction.ts";
import { channelNumber, type Member, makeChannel } from "./channel.ts";

const refused = { code: "channel", message: "the sealed channel failed" };
const content = Uint8Array.of(1, 2, 3);

function positionsOf(sealer: ChannelSealer, by = 0): Uint8Array {
  const { epochId, nextSeq } = sealer.position as ChannelPosition;
  return encodePositions(new Map([[channelNumber, { epochId, nextSeq: nextSeq + by }]]));
}

async function typeOf(one: Member, record: Uint8Array): Promise<string | undefined> {
  return (await one.channels.open(record))?.type;
}

describe("records that are missing (RK-5)", () => {
  test("a gap is loss: told once, and nothing is delivered until the channel is joined anew (RK-3.3)", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    await one.take(await sealer.seal(content));
    await sealer.seal(content);
    const [third, fourth] = [await sealer.seal(content), await sealer.seal(content)];
    assert.deepEqual(await one.channels.open(third.record), { type: "lost", channel: channelNumber });
    assert.equal(await one.channels.open(fourth.record), undefined);
    assert.deepEqual(await one.channels.heartbeat(positionsOf(sealer)), []);

    await one.channels.leave(channelNumber);
    await one.channels.join(channelNumber);
    sealer.memberJoined();
    const fifth = await sealer.seal(content);
    assert.ok(fifth.keys);
    await one.channels.channelKey(encodeChannelKey(channelNumber, fifth.keys.key));
    assert.equal(await typeOf(one, fifth.record), "content");
  });

  test("a gap that nobody has authenticated is no loss but a forgery, and fatal", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    const sealed = await sealer.seal(content);
    await one.takeKeys(sealed);
    assert.throws(() => one.channels.open(sealed.record.with(26, 9)), refused);
  });

  test("a tail that is withheld shows at the next heartbeat (RK-5.1)", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    await one.take(await sealer.seal(content));
    assert.deepEqual(await one.channels.heartbeat(positionsOf(sealer)), []);
    await sealer.seal(content);
    assert.deepEqual(await one.channels.heartbeat(positionsOf(sealer)), [channelNumber]);
  });

  test("a tail that is withheld before a fresh epoch shows at its key (RK-5.3)", async () => {
    const { sealer, member } = await makeChannel();
    const [one, whole] = [await member(), await member()];
    const first = await sealer.seal(content);
    for (const each of [one, whole]) await each.take(first);
    const withheld = await sealer.seal(content);
    await whole.take(withheld);
    sealer.memberExpelled();
    const fresh = await sealer.seal(content);
    assert.equal(await one.takeKeys(fresh), channelNumber);
    assert.equal(await one.channels.open(fresh.record), undefined, "and it is deaf to the fresh epoch");
    assert.equal(await whole.takeKeys(fresh), undefined);
    assert.equal(await typeOf(whole, fresh.record), "content");
  });

  test("records left out on purpose are announced, and it goes on (RK-5.2)", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    await one.take(await sealer.seal(content));
    for (let steps = 0; steps < 3; steps += 1) {
      sealer.memberJoined();
      await sealer.seal(content);
    }
    const skip = sealer.skip(1, 3);
    assert.ok(skip);
    assert.equal(await one.channels.skip(encodeSkip(channelNumber, skip)), undefined);
    const next = await sealer.seal(content);
    assert.equal(await typeOf(one, next.record), "content");
    assert.deepEqual(await one.channels.heartbeat(positionsOf(sealer)), []);
  });

  test("a skip that begins later than what is missing is loss", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    await one.take(await sealer.seal(content));
    for (let count = 0; count < 3; count += 1) await sealer.seal(content);
    const skip = sealer.skip(2, 3);
    assert.ok(skip);
    assert.equal(await one.channels.skip(encodeSkip(channelNumber, skip)), channelNumber);
  });

  test("a sealer skips only what it has sealed", async () => {
    const { sealer } = await makeChannel();
    await sealer.seal(content);
    assert.equal(sealer.skip(0, 1), undefined);
    assert.equal(sealer.skip(1, 0), undefined);
    assert.equal(sealer.skip(0, 0)?.toSeq, 0);
  });
});

describe("what leads back or is unknown is fatal (RK-3.2)", () => {
  type Attempt = (one: Member, sealer: ChannelSealer) => unknown;
  const key = (sealer: ChannelSealer, changes: object) => ({
    ...(sealer.position as ChannelPosition),
    step: 1,
    previousSeq: 0,
    secret: secretOf(1),
    ...changes,
  });
  const skipOf = (sealer: ChannelSealer, changes: object) => ({
    ...(sealer.skip(0, 0) as NonNullable<ReturnType<ChannelSealer["skip"]>>),
    ...changes,
  });
  const attempts: readonly (readonly [what: string, attempt: Attempt])[] = [
    ["a position behind its own", (one, sealer) => one.channels.heartbeat(positionsOf(sealer, -1))],
    [
      "a position of an epoch it has no key of",
      (one) =>
        one.channels.heartbeat(
          encodePositions(new Map([[channelNumber, { epochId: new Uint8Array(16), nextSeq: 2 }]])),
        ),
    ],
    [
      "a position of a channel it has not joined",
      (one, sealer) => one.channels.heartbeat(encodePositions(new Map([[9, sealer.position as ChannelPosition]]))),
    ],
    [
      "a key that leads to an earlier seq",
      (one, sealer) => one.channels.channelKey(encodeChannelKey(channelNumber, key(sealer, { nextSeq: 1 }))),
    ],
    [
      "a key that leads to an earlier step",
      (one, sealer) => one.channels.channelKey(encodeChannelKey(channelNumber, key(sealer, { step: 0 }))),
    ],
    [
      "a key of a channel it has not joined",
      (one, sealer) => one.channels.channelKey(encodeChannelKey(9, key(sealer, {}))),
    ],
    [
      "a fresh key whose epoch before ended sooner than its own",
      (one, sealer) =>
        one.channels.channelKey(
          encodeChannelKey(channelNumber, key(sealer, { epochId: new Uint8Array(16), previousSeq: 1 })),
        ),
    ],
    ["a skip of what it has", (one, sealer) => one.channels.skip(encodeSkip(channelNumber, skipOf(sealer, {})))],
    [
      "a skip that ends before it begins",
      (one, sealer) => one.channels.skip(encodeSkip(channelNumber, skipOf(sealer, { fromSeq: 3, toSeq: 2 }))),
    ],
    [
      "a skip to an earlier step",
      (one, sealer) => one.channels.skip(encodeSkip(channelNumber, skipOf(sealer, { fromSeq: 2, toSeq: 2, step: 0 }))),
    ],
    [
      "a skip of another epoch",
      (one, sealer) =>
        one.channels.skip(
          encodeSkip(channelNumber, skipOf(sealer, { fromSeq: 2, toSeq: 2, epochId: new Uint8Array(16) })),
        ),
    ],
    ["a channel joined twice", (one) => one.channels.join(channelNumber)],
    ["a channel left that is not joined", (one) => one.channels.leave(9)],
    ["content of another form", (one) => one.channels.channelKey(new Uint8Array(69))],
  ];
  for (const [what, attempt] of attempts) {
    test(what, async () => {
      const { sealer, member } = await makeChannel();
      const one = await member();
      await one.take(await sealer.seal(content));
      sealer.memberJoined();
      await one.take(await sealer.seal(content));
      assert.throws(() => attempt(one, sealer), refused);
      const next = await sealer.seal(content);
      assert.throws(() => one.channels.open(next.record), refused, "and ends every channel of the session");
    });
  }

  test("the same, where it leads on, is accepted", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    await one.take(await sealer.seal(content));
    sealer.memberJoined();
    const sealed = await sealer.seal(content);
    assert.ok(sealed.keys);
    await one.channels.channelKey(encodeChannelKey(channelNumber, sealed.keys.key));
    assert.equal(await typeOf(one, sealed.record), "content");
    assert.deepEqual(await one.channels.heartbeat(positionsOf(sealer)), []);
  });

  test("one epoch is not the key of two channels", async () => {
    const { sealer, member } = await makeChannel();
    const one = await member();
    const sealed = await sealer.seal(content);
    await one.take(sealed);
    await one.channels.join(9);
    assert.ok(sealed.keys);
    const twice = encodeChannelKey(9, sealed.keys.key);
    assert.throws(() => one.channels.channelKey(twice), refused);
  });
});

describe("contents of announcements", () => {
  const epochId = new Uint8Array(16).fill(7);
  const secret = secretOf(3);

  test("come back as they were, up to the highest numbers", () => {
    const key = { epochId, step: 65_535, nextSeq: Number.MAX_SAFE_INTEGER, previousSeq: 2 ** 32, secret };
    const parsed = parseChannelKey(encodeChannelKey(2 ** 32 - 1, key));
    assert.ok(parsed);
    assert.ok(parsed.key.secret.equals(secret));
    assert.deepEqual({ ...parsed, key: { ...parsed.key, secret } }, { channel: 2 ** 32 - 1, key });
    const skip = { epochId, step: 1, fromSeq: 2, toSeq: 3, secret };
    assert.deepEqual({ ...parseSkip(encodeSkip(1, skip))?.skip, secret }, skip);
    const positions = new Map([
      [1, { epochId, nextSeq: 5 }],
      [2, { epochId, nextSeq: 0 }],
    ]);
    assert.deepEqual(parsePositions(encodePositions(positions)), positions);
  });

  test("a key is moved out of the content it came in", () => {
    const bytes = encodeChannelKey(1, { epochId, step: 1, nextSeq: 2, previousSeq: 3, secret });
    parseChannelKey(bytes);
    assert.ok(bytes.subarray(-32).every((byte) => byte === 0));
  });

  test("another length, a seq above 2^53 - 1, and a channel twice are none", () => {
    const bytes = encodeChannelKey(1, { epochId, step: 1, nextSeq: 2, previousSeq: 3, secret });
    assert.equal(parseChannelKey(bytes.subarray(1)), undefined);
    assert.equal(parseChannelKey(new Uint8Array([...bytes, 0])), undefined);
    assert.equal(parseChannelKey(bytes.with(22, 0x20)), undefined);
    assert.equal(parseSkip(bytes.with(30, 0x20)), undefined);
    const positions = encodePositions(new Map([[1, { epochId, nextSeq: 5 }]]));
    assert.equal(parsePositions(positions.subarray(1)), undefined);
    assert.equal(parsePositions(new Uint8Array(0)), undefined);
    assert.equal(parsePositions(positions.with(22, 0x20)), undefined);
    const twice = new Uint8Array([0, 2, ...positions.subarray(2), ...positions.subarray(2)]);
    assert.equal(parsePositions(twice), undefined);
    assert.equal(parsePositions(new Uint8Array(2))?.size, 0);
  });
});
