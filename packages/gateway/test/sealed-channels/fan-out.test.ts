import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ChannelKey, parseChannelKey } from "@wardwire/crypto/channel-records/channel-announcements";
import { parseChannelHeader } from "@wardwire/crypto/channel-records/channel-header";
import type { Departure } from "../../src/channels/fanout.ts";
import type { SealedSegment } from "../../src/channels/sealed/sealed-segment.ts";
import type { StepKey } from "../../src/channels/sealed/step-key.ts";
import type { Outbox } from "../../src/connection/outbox.ts";
import { PaperMember, PaperRoom, type PaperRoomOptions } from "./paper-room.ts";

/** The epochs and steps of a member's records, as `epoch.step.seq` with epochs counted from 1. */
function headersOf(member: PaperMember): string[] {
  const epochs: string[] = [];
  return member.records.map((record) => {
    const header = parseChannelHeader(record);
    assert.ok(header !== undefined);
    const name = Buffer.from(header.epochId).toString("hex");
    if (!epochs.includes(name)) epochs.push(name);
    return `${epochs.indexOf(name) + 1}.${header.step}.${header.seq}`;
  });
}

async function roomOf(count: number, options: PaperRoomOptions = {}) {
  const room = new PaperRoom(options);
  const members: PaperMember[] = [];
  for (let each = 0; each < count; each += 1) members.push(await room.join());
  return { room, members: members as [PaperMember, PaperMember, PaperMember] };
}

function stepOf(record: Uint8Array | undefined): number {
  return parseChannelHeader(record ?? new Uint8Array(0))?.step ?? Number.NaN;
}

/** The keys a member was told. */
function keysOf({ written }: PaperMember): readonly ChannelKey[] {
  return written.flatMap((each) => {
    const parsed = each.type === "channelKey" ? parseChannelKey(each.content.slice()) : undefined;
    return parsed === undefined ? [] : [parsed.key];
  });
}

/** The step whose E a member was told first. */
function stepOfKey(member: PaperMember): number {
  const [told] = keysOf(member);
  return told?.step ?? Number.NaN;
}

/** What somebody who has all that `member` was told makes of a record sent to others. */
function opens(member: PaperMember, record: Uint8Array | undefined): boolean {
  assert.ok(record !== undefined, "there is a record");
  try {
    return member.channels.open(record)?.type === "content";
  } catch {
    return false;
  }
}

describe("a sealed channel", () => {
  test("seals a turn's messages once, and every member is written the very same object (RK-6)", async () => {
    const { room, members } = await roomOf(3);
    for (const text of ["one", "two", "three"]) room.say(text);
    await room.turnEnds();
    const [first, ...others] = members.map(({ records }) => records);
    assert.equal(first?.length, 1);
    for (const records of others) assert.equal(records[0], first[0]);
    assert.equal(room.figures.records, 1);
    for (const member of members) assert.deepEqual(member.read(), ["joined", 1, 2, 3]);
  });

  test("gives 10,000 members one object", async () => {
    const { room, members } = await roomOf(1);
    const crowd = Array.from({ length: 10_000 }, () => new PaperMember(room));
    for (const member of crowd) room.enter(member);
    await room.publish();
    const record = members[0].records.at(-1);
    assert.ok(crowd.every(({ records }) => records.length === 1 && records[0] === record));
    assert.deepEqual([room.figures.records, room.figures.epochs], [1, 1]);
  });

  test("puts no more into a record than fits, each of whole frames, in order (§2)", async () => {
    const { room, members } = await roomOf(1);
    for (let count = 0; count < 5; count += 1) room.say("x".repeat(25_000));
    await room.turnEnds();
    assert.deepEqual(headersOf(members[0]), ["1.0.0", "1.0.1", "1.0.2"]);
    assert.deepEqual(members[0].read(), ["joined", 1, 2, 3, 4, 5]);
  });

  test("divides a presence that does not fit into one record, and leaves nobody out", async () => {
    const { room, members } = await roomOf(1);
    const who = { user: "u".repeat(256), device: "d".repeat(256), connection: "c", since: 0 };
    const joined = Array.from({ length: 300 }, (_, at) => ({ ...who, connection: `c${at}` }));
    room.fanout.sendFrame({ type: "presence", channel: 7, joined, left: [who] });
    await room.turnEnds();
    assert.ok(members[0].records.length > 1);
    assert.ok(members[0].read().includes("presence"));
    assert.deepEqual(room.failures, []);
  });

  test("has the key in front of the first record, and of no other (RK-5.2)", async () => {
    const { room, members } = await roomOf(2);
    await room.publish();
    await room.publish();
    for (const member of members) assert.deepEqual(member.kinds(), ["joined", "channelKey", "record", "record"]);
  });

  test("writes what it has gathered in a turn before it takes somebody in, who gets what comes after only", async () => {
    const { room, members } = await roomOf(1);
    await room.publish();
    const late = new PaperMember(room);
    room.say("before");
    room.enter(late);
    room.say("after");
    await room.turnEnds();
    assert.deepEqual(members[0].read(), ["joined", 1, 2, 3]);
    assert.deepEqual(late.read(), ["joined", 3]);
    assert.deepEqual(headersOf(members[0]), ["1.0.0", "1.0.1", "1.1.2"]);
    assert.ok(stepOfKey(late) > stepOf(members[0].records[1]), "the key it was given does not open what came before");
  });

  test("has presence that is not meant for a newcomer skipped for it, in order", async () => {
    const { room, members } = await roomOf(1);
    const late = await room.join();
    await room.publish();
    room.fanout.sendFrame({ type: "presence", channel: 7, joined: [] }, new Map([[late, 1]]));
    await room.publish();
    assert.deepEqual(members[0].read(), ["joined", 1, "presence", 2]);
    assert.deepEqual(late.read(), ["joined", 1, "skip", 2]);
  });
});

describe("keys of a sealed channel", () => {
  test("a join is one step, however many join, and only they are told (RK-2.1)", async () => {
    const { room, members } = await roomOf(1);
    await room.publish();
    const late = [new PaperMember(room), new PaperMember(room), new PaperMember(room)];
    for (const member of late) room.enter(member);
    await room.publish();
    assert.deepEqual(headersOf(members[0]), ["1.0.0", "1.1.1"]);
    assert.deepEqual([members[0].read(), room.figures.steps], [["joined", 1, 2], 1]);
    assert.equal(members[0].kinds().filter((kind) => kind === "channelKey").length, 1);
    for (const member of late) assert.deepEqual(member.read(), ["joined", 2]);
  });

  test("whoever joins cannot open what was sealed before (RK-2.1)", async () => {
    const { room, members } = await roomOf(1);
    await room.publish();
    const late = await room.join();
    await room.publish();
    assert.deepEqual(late.read(), ["joined", 2]);
    assert.equal(stepOfKey(late), stepOf(members[0].records[0]) + 1, "and there is no way back from a step");
    assert.ok(!opens(late, members[0].records[0]));
  });

  const departures: readonly [Departure, string][] = [
    ["left", "after the window of a leave"],
    ["expelled", "at once"],
  ];
  for (const [why, when] of departures) {
    test(`whoever has ${why} cannot open what comes ${when} (RK-7)`, async () => {
      const { room, members } = await roomOf(3);
      await room.publish();
      const [, gone] = members;
      gone.read();
      room.leave(gone, why);
      if (why === "left") room.clock.pass(250);
      await room.publish("secret");
      assert.deepEqual(headersOf(members[0]), ["1.0.0", "2.0.0"]);
      assert.ok(!opens(gone, members[0].records[1]));
      assert.ok(!gone.kinds().slice(-1).includes("record"), "nor is it given it");
      assert.deepEqual(members[2].read(), ["joined", 1, 2]);
    });
  }

  test("control: within the window of a leave the leaver's keys still open what others are sent (RK-7.2)", async () => {
    const { room, members } = await roomOf(2);
    await room.publish();
    const [stays, gone] = members;
    gone.read();
    room.fanout.remove(gone, "left");
    await room.publish();
    assert.deepEqual(headersOf(stays), ["1.0.0", "1.0.1"]);
    assert.ok(opens(gone, stays.records[1]), "so that it is the fresh E that locks it out");
  });

  test("what is gathered but not sealed does not go to who is expelled, and is under a fresh E (RK-7.1)", async () => {
    const { room, members } = await roomOf(2);
    await room.publish();
    room.say();
    room.leave(members[1], "expelled");
    await room.turnEnds();
    assert.deepEqual(members[1].read(), ["joined", 1, "left"]);
    assert.deepEqual(members[0].read(), ["joined", 1, 2]);
    assert.deepEqual(headersOf(members[0]), ["1.0.0", "2.0.0"]);
  });

  test("the window of a leave grows with the members: 0.1 ms for each, 250 ms at least (RK-7.2)", async () => {
    const { room, members } = await roomOf(1);
    for (let each = 0; each < 3_999; each += 1) room.enter(new PaperMember(room));
    const gone = await room.join();
    await room.publish();
    room.leave(gone);
    room.clock.pass(400);
    await room.publish();
    room.clock.pass(1);
    await room.publish();
    assert.deepEqual(headersOf(members[0]), ["1.0.0", "1.0.1", "2.0.0"]);
  });

  test("who has left and comes back does not cancel the fresh E (RK-7.2)", async () => {
    const { room, members } = await roomOf(2);
    await room.publish();
    room.leave(members[1]);
    room.enter(members[1]);
    await room.publish();
    room.clock.pass(250);
    await room.publish();
    assert.deepEqual(headersOf(members[0]), ["1.0.0", "1.1.1", "2.0.0"]);
    assert.deepEqual(members[1].read(), ["joined", 1, "left", "joined", 2, 3]);
  });

  const worn: readonly [what: string, limits: PaperRoomOptions["limits"], then: (room: PaperRoom) => Promise<void>][] =
    [
      ["records", { freshAfterRecords: 2 }, async () => {}],
      ["time", { freshAfterMs: 60_000 }, async (room) => room.clock.pass(60_000)],
      ["steps", { freshAfterSteps: 1 }, async (room) => void (await room.join())],
    ];
  for (const [what, limits, then] of worn) {
    test(`an epoch ends after so many ${what}, and everybody is told the next with its predecessor's end (RK-2.2, RK-5.3)`, async () => {
      const { room, members } = await roomOf(1, limits === undefined ? {} : { limits });
      await room.publish();
      await room.publish();
      await then(room);
      await room.publish();
      const [member] = members;
      assert.deepEqual(headersOf(member), ["1.0.0", "1.0.1", "2.0.0"]);
      assert.deepEqual(
        keysOf(member).map(({ nextSeq, previousSeq }) => [nextSeq, previousSeq]),
        [
          [0, 0],
          [0, 2],
        ],
      );
      assert.deepEqual(member.read(), ["joined", 1, 2, 3]);
    });
  }

  test("the secret of a step is erased once another is in force and no backlog has records of it", async () => {
    const { room, members } = await roomOf(1);
    const [slow] = members;
    const keys: StepKey[] = [];
    const spy = { append: ({ key }: SealedSegment) => void keys.push(key), forget: () => {} };
    room.fanout.add({ outbox: spy as unknown as Outbox });
    const isErased = (): boolean[] => [...new Set(keys)].map((key) => !isAlive(key));
    slow.stall();
    await room.publish();
    room.fanout.remove(await room.join(), "expelled");
    await room.publish();
    assert.deepEqual(isErased(), [false, false], "it may have to be told still");
    slow.drain();
    assert.deepEqual(isErased(), [true, false]);
    assert.deepEqual(slow.read(), ["joined", 1, 2]);
    room.fanout.close();
    await room.turnEnds();
    assert.deepEqual(isErased(), [true, true]);
  });
});

function isAlive(key: StepKey): boolean {
  try {
    return key.secret.use((bytes) => bytes.some((byte) => byte !== 0));
  } catch {
    return false;
  }
}
