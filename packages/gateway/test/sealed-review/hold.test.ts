import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Member } from "../../src/channels/fanout.ts";
import { GatheredFrames } from "../../src/channels/sealed/gathered-frames.ts";
import { SealingGate } from "../../src/channels/sealed/sealing-gate.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { collectGarbage } from "../collect-garbage.ts";
import { settle } from "../sealed-channels/sealed-rooms.ts";

describe("what is held while revocations are read (RK-8)", () => {
  test("goes out after one reading, though time passes between any two steps", async () => {
    const clock = new ManualClock();
    const standsStill = clock.monotonic.bind(clock);
    let passedMs = 0;
    clock.monotonic = () => {
      passedMs += 0.001;
      return standsStill() + passedMs;
    };
    let readings = 0;
    const readRevocations = async (): Promise<void> => {
      readings += 1;
    };
    const gate = new SealingGate({ clock, readRevocations, failed: (error) => assert.fail(error as Error) });
    gate.begin();
    await settle();
    assert.deepEqual([gate.isOpen, readings], [true, 1]);
    let flushed = 0;
    const flush = (): void => {
      flushed += 1;
    };
    const channel = { flush };
    // A stall that no timer has had a turn to notice.
    passedMs += 600;
    assert.equal(gate.isOpen, false);
    gate.wait(channel, 1);
    await settle();
    assert.deepEqual([gate.isOpen, flushed, readings], [true, 1, 2]);
    gate.end(channel);
  });

  test("costs one entry for each of a crowd that joins meanwhile, not one for each frame too", async () => {
    const gathered = new GatheredFrames(true);
    const members = Array.from({ length: 4_000 }, () => ({}) as Member);
    await collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (const member of members) {
      gathered.addMessage(1, new Uint8Array(1));
      gathered.join(member);
    }
    const grownBy = process.memoryUsage().heapUsed - before;
    assert.ok(grownBy < 32_000_000, `${grownBy} bytes`);
    const contents = gathered.takeAll();
    const [first, last] = [members[0] as Member, members.at(-1) as Member];
    assert.deepEqual(
      [contents.filter((each) => each.isFor(first)).length, contents.some((each) => each.isFor(last))],
      [3_999, false],
    );
  });

  test("is for whoever was there when it came, and for nobody who came back meanwhile", () => {
    const gathered = new GatheredFrames(false);
    const [stays, comesBack] = [{} as Member, {} as Member];
    gathered.addMessage(1, new Uint8Array(1));
    gathered.leave(comesBack);
    gathered.join(comesBack);
    gathered.addMessage(2, new Uint8Array(1));
    const contents = gathered.takeAll();
    assert.deepEqual(
      contents.map((each) => [each.isFor(stays), each.isFor(comesBack), each.isForAll]),
      [
        [true, false, false],
        [true, true, true],
      ],
    );
    gathered.addMessage(3, new Uint8Array(1));
    assert.deepEqual(
      gathered.takeAll().map((each) => each.isFor(comesBack)),
      [true],
      "and it is a newcomer no more",
    );
  });
});
