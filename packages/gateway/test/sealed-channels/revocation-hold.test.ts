import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  maxRevocationAgeMs,
  maxWaitingBytes,
  maxWaitingBytesOfChannel,
  SealingGate,
} from "../../src/channels/sealed/sealing-gate.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { PaperMember, PaperRoom } from "./paper-room.ts";

/** A room whose revocations are read when the test says so. */
async function heldRoom() {
  const reads: PromiseWithResolvers<void>[] = [];
  const room: PaperRoom = new PaperRoom({
    readRevocations: () => {
      const read = Promise.withResolvers<void>();
      reads.push(read);
      return read.promise;
    },
  });
  const member = await room.join();
  /** The engine answers what it is being asked. */
  const answer = async (): Promise<void> => {
    reads.at(-1)?.resolve();
    await room.turnEnds();
  };
  const fail = async (): Promise<void> => {
    reads.at(-1)?.reject(new Error("the engine does not answer in this test"));
    await room.turnEnds();
  };
  return { room, member, reads, answer, fail };
}

describe("a sealed channel holds what it has (RK-8)", () => {
  test("until revocations have been read for the first time, and then sends all of it in order", async () => {
    const { room, member, answer } = await heldRoom();
    await room.publish();
    await room.publish();
    assert.deepEqual(member.read(), ["joined"]);
    await answer();
    assert.deepEqual(member.read(), ["joined", 1, 2]);
    await room.publish();
    assert.deepEqual(member.read(), ["joined", 1, 2, 3], "control: it does not hold when there is no reason to");
  });

  test("after a stall of the event loop, so that who was revoked meanwhile does not get it", async () => {
    const { room, member, answer } = await heldRoom();
    const revoked = await room.join();
    await answer();
    await room.publish();
    room.clock.stall(501, () => room.say("for those who may"));
    await room.turnEnds();
    assert.deepEqual(member.read(), ["joined", 1]);
    room.fanout.remove(revoked, "expelled");
    await answer();
    assert.deepEqual(member.read(), ["joined", 1, 2]);
    assert.deepEqual(revoked.read(), ["joined", 1]);
  });

  test("not after a pause that is no stall", async () => {
    const { room, member, answer } = await heldRoom();
    await answer();
    room.clock.stall(499, () => room.say());
    await room.turnEnds();
    assert.deepEqual(member.read(), ["joined", 1]);
  });

  test("when what was read is too old, since the engine has not answered; it is asked again", async () => {
    const { room, member, reads, answer, fail } = await heldRoom();
    await answer();
    room.clock.pass(2_000);
    await fail();
    room.clock.pass(1_000);
    await fail();
    room.clock.pass(maxRevocationAgeMs - 3_000);
    await room.publish();
    assert.deepEqual(member.read(), ["joined", 1], "control: five seconds are not too old");
    await fail();
    room.clock.pass(1_000);
    await room.publish();
    assert.deepEqual(member.read(), ["joined", 1]);
    assert.equal(room.failures.length, 3);
    const asked = reads.length;
    await fail();
    room.clock.pass(1_000);
    await room.turnEnds();
    assert.equal(reads.length, asked + 1);
    await answer();
    assert.deepEqual(member.read(), ["joined", 1, 2]);
  });

  test("and is asked before it is too old, so that nothing is held while the engine answers", async () => {
    const { room, member, reads, answer } = await heldRoom();
    await answer();
    const asked = reads.length;
    for (let second = 0; second < 30; second += 1) {
      room.clock.pass(1_000);
      await answer();
      await room.publish();
    }
    assert.deepEqual(member.read().length, 31);
    assert.ok(reads.length - asked >= 10 && reads.length - asked <= 15, `${reads.length - asked} readings`);
  });

  test("a reading that began before a stall ended does not count", async () => {
    const { room, member, reads, answer } = await heldRoom();
    await answer();
    room.clock.pass(2_000);
    const before = reads.at(-1);
    room.clock.stall(600, () => room.say());
    before?.resolve();
    await room.turnEnds();
    assert.deepEqual(member.read(), ["joined"]);
    await answer();
    assert.deepEqual(member.read(), ["joined", 1]);
  });

  test("for those who were members when it came: who joins meanwhile gets what comes after", async () => {
    const { room, member, answer } = await heldRoom();
    await room.publish();
    const late = new PaperMember(room);
    room.enter(late);
    await room.publish();
    await answer();
    assert.deepEqual(member.read(), ["joined", 1, 2]);
    assert.deepEqual(late.read(), ["joined", 2]);
    assert.equal(room.figures.steps, 1, "the key of the newcomer does not open what was for the others");
  });

  test("within a bound; beyond it its members are closed and come back", async () => {
    const { room, member } = await heldRoom();
    const text = "x".repeat(60_000);
    for (let bytes = 0; bytes + text.length < maxWaitingBytesOfChannel; bytes += text.length + 60)
      await room.publish(text);
    assert.ok(!member.isClosed);
    await room.publish(text);
    assert.ok(member.isClosed);
  });

  test("within a bound for all channels together", () => {
    const clock = new ManualClock();
    const gate = new SealingGate({ clock, readRevocations: async () => {}, failed: () => {} });
    const many = maxWaitingBytes / maxWaitingBytesOfChannel;
    const channels = Array.from({ length: many + 1 }, () => ({ flush: () => {} }));
    const waits = channels.map((channel) => gate.wait(channel, maxWaitingBytesOfChannel));
    assert.deepEqual([waits.slice(0, -1).every(Boolean), waits.at(-1)], [true, false]);
    gate.begin();
    gate.end(channels[0] as (typeof channels)[number]);
    assert.ok(gate.wait(channels.at(-1) as (typeof channels)[number], 1_000), "there is room again");
    assert.equal(clock.timers, 0, "nothing goes on when no channel has members");
  });
});
