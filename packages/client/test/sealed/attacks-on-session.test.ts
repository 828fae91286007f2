import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WireMessage } from "@wardwire/wire/codec";
import { settle } from "../support/virtual-clock.ts";
import { canary, flipped, reaches, startInRoom, until } from "./support/start-sealed.ts";
import type { Attacker } from "./support/wire.ts";

type Rig = Awaited<ReturnType<typeof startInRoom>>;

/** The first byte of each kind of message. */
const types = { data: 0x12, heartbeat: 0x15, channelKey: 0x16, channelRecord: 0x20 };

/** What whoever is on the way does to the messages of one type, from now on. */
function onType(attacker: Attacker, type: number, act: (message: Uint8Array) => readonly WireMessage[]): void {
  attacker.toClient = (message) => (message[0] === type ? act(message) : [message]);
}

/** The next two messages of a type change places. */
function reordered(): (message: Uint8Array) => readonly Uint8Array[] {
  let held: Uint8Array | undefined;
  return (message) => {
    if (held === undefined) {
      held = message;
      return [];
    }
    return [message, held];
  };
}

/** The next message of a type is left out. */
function withoutFirst(): (message: Uint8Array) => readonly Uint8Array[] {
  let isOver = false;
  return (message) => {
    const out = isOver ? [message] : [];
    isOver = true;
    return out;
  };
}

function once(what: WireMessage): (message: Uint8Array) => readonly WireMessage[] {
  let isOver = false;
  return (message) => {
    const out = isOver ? [message] : [what, message];
    isOver = true;
    return out;
  };
}

/** The gateway sends two notifications and two messages of the room, and a heartbeat. */
async function story({ gateway }: Rig): Promise<void> {
  for (const turn of [1, 2]) {
    gateway.latest.send({ type: "notification", data: turn, at: 1 });
    gateway.publish(`message ${turn}`);
  }
  gateway.latest.heartbeat();
  await settle();
}

/** The client is in back-off for the one error, nothing wrong was read, and it comes back once nobody is on the way. */
async function endsInBackOff(rig: Rig, expected = "session-failed"): Promise<void> {
  const { client, read, wires, clock, gateway } = rig;
  assert.equal((await reaches(client, "waiting")).reason.code, expected);
  assert.deepEqual(read, ["first", "message 1", "message 2"].slice(0, read.length));
  assert.equal(wires.recording.includes(canary), false);
  Object.assign(wires.attacker, { toGateway: pass, toClient: pass });
  await clock.advance(1_000);
  await reaches(client, "connected");
  const joined = (): boolean => gateway.latest.received.some(({ type }) => type === "join");
  await until(joined);
  await settle();
  gateway.publish("afterwards");
  await until(() => read.at(-1) === "afterwards");
}

function pass(message: Uint8Array): readonly Uint8Array[] {
  return [message];
}

test("control: the story alone ends nothing, and everything is read", async (t) => {
  const rig = await startInRoom(t);
  await story(rig);
  await until(() => rig.read.length === 3);
  assert.equal(rig.client.state.phase, "connected");
});

describe("messages of the session", () => {
  for (const at of [0, 1, 2, 5, 6, 13, 14, 40, -1]) {
    test(`a changed bit in byte ${at} (SR-1.3, SR-1.4)`, async (t) => {
      const rig = await startInRoom(t);
      onType(rig.wires.attacker, types.data, (message) => [flipped(message, at)]);
      await story(rig);
      await endsInBackOff(rig);
    });
  }

  const acts: readonly (readonly [string, () => (message: Uint8Array) => readonly WireMessage[]])[] = [
    ["one sent twice", () => (message) => [message, message]],
    ["two in another order", reordered],
    ["one left out", withoutFirst],
    ["one cut short", () => (message) => [message.subarray(0, -1)]],
    ["one in two messages", () => (message) => [message.subarray(0, 30), message.subarray(30)]],
    ["two in one message", () => (message) => [Buffer.concat([message, message])]],
    ["an empty one", () => once(new Uint8Array(0))],
    ["a text", () => once('{"type":"ping"}')],
    ["a frame in plaintext", () => once(Uint8Array.from([0xa1, 0x64, 116, 121, 112, 101, 0x64, 112, 105, 110, 103]))],
    ["a record of 65 KB", () => once(new Uint8Array(65_000).fill(0x12))],
    ["a type that is none", () => once(new Uint8Array(94).fill(0x7f))],
  ];
  for (const [what, act] of acts) {
    test(`${what} (SR-1.1, SR-1.3)`, async (t) => {
      const rig = await startInRoom(t);
      onType(rig.wires.attacker, types.data, act());
      await story(rig);
      await endsInBackOff(rig);
    });
  }

  test("what the client has sent, sent back to it (SR-0.2)", async (t) => {
    const rig = await startInRoom(t);
    rig.client.call("echo", 1).catch(() => undefined);
    await settle();
    rig.wires.latest.inject(rig.wires.latest.seen.findLast(isData) as Uint8Array);
    await endsInBackOff(rig);
  });

  test("a record of another session (SR-1.4)", async (t) => {
    const other = await startInRoom(t);
    await story(other);
    const rig = await startInRoom(t);
    await story(rig);
    const foreign = other.wires.latest.seen.findLast((message) => (message as Uint8Array)[0] === types.heartbeat);
    rig.wires.latest.inject(foreign as Uint8Array);
    await endsInBackOff(rig);
  });

  function isData(message: WireMessage): boolean {
    return (message as Uint8Array)[0] === types.data;
  }
});

describe("messages to the gateway", () => {
  const acts: readonly (readonly [string, (message: Uint8Array) => readonly Uint8Array[]])[] = [
    ["a changed bit", (message) => [flipped(message, 20)]],
    ["one sent twice", (message) => [message, message]],
    ["one cut short", (message) => [message.subarray(0, -1)]],
  ];
  for (const [what, act] of acts) {
    test(`${what}: the gateway ends it, unauthenticated, which is a truncation (SR-1.4, SR-3.2)`, async (t) => {
      const rig = await startInRoom(t);
      rig.wires.attacker.toGateway = act;
      rig.client.call("echo", 1).catch(() => undefined);
      await endsInBackOff(rig, "truncated");
    });
  }
});

describe("the end of a session without CLOSE", () => {
  for (const code of [1000, 1001, 1006, 1009, 4400, 4401, 4402, 4403, 4413, 4470]) {
    test(`with ${code}, forged or not, is told as a truncation and means back-off (SR-3.2)`, async (t) => {
      const rig = await startInRoom(t);
      rig.wires.latest.close(code);
      await endsInBackOff(rig, "truncated");
    });
  }

  test("after the record was withheld that would have said why (SR-3.2)", async (t) => {
    const rig = await startInRoom(t);
    rig.wires.attacker.toClient = () => [];
    rig.gateway.latest.close(4403, "revoked");
    await endsInBackOff(rig, "truncated");
  });

  test("control: the same end with its CLOSE is final (SR-3.1)", async (t) => {
    const rig = await startInRoom(t);
    rig.gateway.latest.close(4403, "revoked");
    assert.equal((await reaches(rig.client, "closed")).reason.closeCode, 4403);
  });
});

describe("records of a channel", () => {
  for (const at of [1, 17, 19, 26, 27, 60, -64, -1]) {
    test(`a changed bit in byte ${at} (RK-3.2, RK-6)`, async (t) => {
      const rig = await startInRoom(t);
      onType(rig.wires.attacker, types.channelRecord, (message) => [flipped(message, at)]);
      await story(rig);
      await endsInBackOff(rig);
    });
  }

  const acts: readonly (readonly [string, number, () => (message: Uint8Array) => readonly Uint8Array[]])[] = [
    ["one sent twice (RK-3.1)", types.channelRecord, () => (message) => [message, message]],
    ["two in another order (RK-3.3)", types.channelRecord, reordered],
    ["one left out: the next one shows it (RK-3.3)", types.channelRecord, withoutFirst],
    ["the last ones withheld: the heartbeat shows it (RK-5.1)", types.channelRecord, () => () => []],
    ["one cut short (RK-3.2)", types.channelRecord, () => (message) => [message.subarray(0, -1)]],
  ];
  for (const [what, type, act] of acts) {
    test(what, async (t) => {
      const rig = await startInRoom(t);
      onType(rig.wires.attacker, type, act());
      await story(rig);
      await endsInBackOff(rig);
    });
  }

  test("control: without the heartbeat nobody would know of a withheld tail", async (t) => {
    const rig = await startInRoom(t);
    onType(rig.wires.attacker, types.channelRecord, () => []);
    rig.gateway.publish("message 1");
    await settle();
    assert.equal(rig.client.state.phase, "connected");
    rig.gateway.latest.heartbeat();
    await endsInBackOff(rig);
  });

  test("a heartbeat that agrees ends nothing", async (t) => {
    const rig = await startInRoom(t);
    rig.gateway.latest.heartbeat();
    await settle();
    assert.equal(rig.client.state.phase, "connected");
  });

  test("a record of a channel that has been left is fatal (RK-3.2)", async (t) => {
    const rig = await startInRoom(t);
    const record = recordOf(rig);
    await rig.room.leave();
    rig.wires.latest.inject(record);
    assert.equal((await reaches(rig.client, "waiting")).reason.code, "session-failed");
  });

  function recordOf({ wires }: Rig): Uint8Array {
    return wires.latest.seen.findLast((message) => (message as Uint8Array)[0] === types.channelRecord) as Uint8Array;
  }
});
