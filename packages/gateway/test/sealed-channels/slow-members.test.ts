import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseSkip } from "@wardwire/crypto/channel-records/channel-announcements";
import { PaperMember, PaperRoom, type PaperRoomOptions } from "./paper-room.ts";

/** A room with one member whose socket takes nothing for now, and one that keeps up. */
async function slowRoom(options: PaperRoomOptions) {
  const room = new PaperRoom({ maxOutboundMessages: 20, ...options });
  const [slow, quick] = [await room.join(), await room.join()];
  await room.publish();
  slow.read();
  slow.stall();
  const publish = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent += 1) await room.publish();
  };
  /** Somebody else is expelled, so that the next record is of a fresh epoch. */
  const expel = async (): Promise<void> => room.fanout.remove(await room.join(), "expelled");
  /** What the slow member gets once its socket has caught up. */
  const readOn = (): readonly (number | string)[] => {
    const before = slow.got.length;
    slow.drain();
    return slow.read().slice(before);
  };
  return { room, slow, quick, publish, expel, readOn };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const drop: PaperRoomOptions = { delivery: "drop", announced: false };

describe("a slow member of a sealed channel", () => {
  test("is written what waits in order, nothing of it lost, over epochs and steps too", async () => {
    const { room, publish, expel, readOn } = await slowRoom({});
    await publish(2);
    await expel();
    await publish(2);
    await room.join();
    await publish(2);
    assert.deepEqual(readOn(), range(2, 7));
  });

  test("is closed at the bound where nothing may be left out, and the others go on (WP-LIMIT-3)", async () => {
    const { slow, quick, publish } = await slowRoom({});
    await publish(21);
    assert.ok(slow.isClosed);
    assert.deepEqual(quick.read().at(-1), 22);
  });

  test("is not sent ephemeral messages, and is told by SKIP that there were some (RK-5.2, WP-LOSSY-1)", async () => {
    const { slow, room, quick, publish, readOn } = await slowRoom(drop);
    await publish(5);
    assert.deepEqual(readOn(), ["skip"]);
    await room.publish();
    assert.deepEqual(slow.read().at(-1), 7, "whoever keeps up again gets them");
    assert.deepEqual(quick.read(), ["joined", ...range(1, 7)]);
  });

  test("is told of a run over several epochs by SKIP, KEY, SKIP, each with E of its epoch (RK-5.2, RK-5.3)", async () => {
    const { slow, publish, expel, readOn } = await slowRoom(drop);
    await publish(2);
    await expel();
    await publish(3);
    await expel();
    await publish(1);
    const before = slow.written.length;
    assert.deepEqual(readOn(), ["skip", "skip", "skip"]);
    assert.deepEqual(slow.kinds(before), ["skip", "channelKey", "skip", "channelKey", "skip"]);
    await publish(1);
    assert.deepEqual(slow.read().at(-1), 8);
  });

  test("costs one entry for all it is not sent, however long that goes on", async () => {
    const { slow, publish, readOn } = await slowRoom(drop);
    await publish(200);
    assert.ok(!slow.isClosed);
    const before = slow.written.length;
    readOn();
    const [skip, ...rest] = slow.written.slice(before);
    const parsed = skip?.type === "skip" ? parseSkip(skip.content.slice())?.skip : undefined;
    assert.deepEqual([parsed?.fromSeq, parsed?.toSeq, rest.length], [1, 200, 0]);
  });

  test("loses the oldest of drop-oldest, is told which messages, and skips their records (WP-SLOW-1)", async () => {
    const { slow, publish, readOn } = await slowRoom({ delivery: "drop-oldest" });
    await publish(21);
    assert.ok(!slow.isClosed);
    assert.deepEqual(readOn(), ["messages-dropped 2 12", "skip", ...range(13, 22)]);
  });

  test("keeps the newest record of keep-latest, whole (WP-SLOW-1)", async () => {
    const { room, publish, readOn } = await slowRoom({ delivery: "keep-latest" });
    await publish(4);
    room.say();
    room.say();
    await room.turnEnds();
    assert.deepEqual(readOn(), ["messages-dropped 2 5", "skip", 6, 7]);
  });

  test("is not told which values of the latest value it was not sent (WP-LOSSY-1)", async () => {
    const { publish, readOn } = await slowRoom({ delivery: "keep-latest", announced: false });
    await publish(5);
    assert.deepEqual(readOn(), ["skip", 6]);
  });

  test("gets what must not be left out in its place between what is", async () => {
    const { room, publish, readOn } = await slowRoom(drop);
    await publish(2);
    room.fanout.sendFrame({ type: "notice", code: "position-lost", channel: 7, stream: "t", offset: 3 });
    await publish(2);
    assert.deepEqual(readOn(), ["skip", "position-lost", "skip"]);
  });

  test("that leaves and comes back while it is behind gets nothing out of order (RK-5.2)", async () => {
    const { room, slow, publish, readOn } = await slowRoom({ delivery: "drop-oldest" });
    await publish(2);
    room.leave(slow);
    room.enter(slow);
    await publish(1);
    assert.deepEqual(readOn(), [2, 3, "left", "joined", 4]);
  });

  test("that joins while it is behind is told of nothing it was not a member for", async () => {
    const room = new PaperRoom(drop);
    await room.join();
    await room.publish();
    const slow = new PaperMember(room);
    slow.stall();
    room.enter(slow);
    await room.publish();
    slow.drain();
    assert.deepEqual(slow.read(), ["joined"]);
    await room.publish();
    assert.deepEqual(slow.read(), ["joined", 3]);
  });
});

describe("heartbeats", () => {
  test("tell how far the member has been written to, so that a record that is withheld shows (RK-5.1)", async () => {
    const { slow, quick, publish } = await slowRoom({});
    quick.read();
    await publish(1);
    quick.outbox.beat();
    quick.outbox.flush();
    const last = quick.records.at(-1);
    assert.deepEqual(quick.read((record) => record === last).at(-1), "lost");
    slow.drain();
    slow.outbox.beat();
    slow.outbox.flush();
    assert.deepEqual(slow.read().slice(-2), [2, "positions"], "control: nothing is withheld from the other");
  });

  test("count what has been left out, and hold no channel that has been left or has no key yet", async () => {
    const { slow, room, publish } = await slowRoom(drop);
    await publish(2);
    slow.outbox.beat();
    await room.turnEnds();
    slow.drain();
    assert.deepEqual(slow.read().slice(-2), ["skip", "positions"]);
    room.leave(slow);
    slow.outbox.beat();
    await room.turnEnds();
    assert.deepEqual(slow.read().slice(-2), ["left", "positions"]);
    const newcomer = await room.join();
    newcomer.outbox.beat();
    await room.turnEnds();
    assert.deepEqual(newcomer.read(), ["joined", "positions"]);
  });
});
