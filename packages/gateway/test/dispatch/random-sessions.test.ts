import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { allow, type Decision, deny } from "../../src/auth/authorize.ts";
import { GatewayOnPaper } from "../gateway-on-paper.ts";
import { FarEnd, type Room } from "./far-end.ts";

const room = fc.nat(3);
const users = ["alice", "alice", "bob", "carol"] as const;
/** Each closes the connection. */
const junk = ["{", "[1]", '{"id":1}', "\u0000", '{"type":"connect","id":9,"token":"alice"}'];

/** What one connection does next; a dead one connects again instead. */
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("join"), room }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("leave"), room }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom("publish", "publish without id"), room }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("history", "presence"), room }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("call", "renew", "unknown", "ill-typed", "pong"), room }) },
);
const step = fc.record({
  who: fc.nat(users.length - 1),
  actions: fc.array(action, { minLength: 1, maxLength: 5 }),
  ending: fc.oneof({ weight: 20, arbitrary: fc.constant(null) }, fc.constantFrom("disconnect", ...junk)),
  pause: fc.constantFrom("at once", "a moment later", "a turn later"),
});
type Action = Parameters<Parameters<typeof action.map>[0]>[0];

/** Allows at once, allows later and denies, in a fixed order. */
function fickle(): () => Decision | Promise<Decision> {
  let asked = 0;
  return () => {
    asked += 1;
    if (asked % 9 === 0) return deny("the ninth");
    return asked % 4 === 0 ? new Promise((resolve) => setImmediate(() => resolve(allow()))) : allow();
  };
}

/** Long enough for a frame to be carried out, within the same turn of the event loop. */
async function aMoment(): Promise<void> {
  for (let microtask = 0; microtask < 30; microtask += 1) await undefined;
}

async function watchedRooms(gateway: GatewayOnPaper): Promise<Room[]> {
  const rooms = ["tea", "cake"].flatMap((roomId) =>
    ["lobby", "plain"].map((channel): Room => ({ channel, params: { roomId }, texts: new Map() })),
  );
  for (const { channel, params, texts } of rooms) {
    await gateway.core.cluster.broker.subscribe(`${channel} ${JSON.stringify(params)}`, ({ offset, bytes }) =>
      texts.set(offset, JSON.parse(Buffer.from(bytes).toString()).data.text),
    );
  }
  return rooms;
}

function frameOf(end: FarEnd, rooms: readonly Room[], { do: what, room: index }: Action, text: string): object {
  const room = rooms[index] as Room;
  const { channel: name, params } = room;
  const channel = end.numberOf(room);
  switch (what) {
    case "join":
      return end.ask({ type: "join", channel: name, params });
    case "publish":
      return end.ask({ type: "publish", channel, data: { text } });
    case "publish without id":
      return { type: "publish", channel, data: { text } };
    case "history":
      return end.ask({ type: "history", channel, limit: 3 });
    case "call":
      return end.ask({ type: "call", command: "rename", input: { title: text } });
    case "renew":
      return end.ask({ type: "renew", token: text.length % 2 === 0 ? "alice" : "bob" });
    case "unknown":
      return end.ask({ type: "dance" });
    case "ill-typed":
      return end.ask({ type: "leave", channel: "x" });
    case "pong":
      return { type: "pong" };
    default:
      return end.ask({ type: what, channel });
  }
}

test("whatever several connections do in whatever order, each request has one reply, members get every message of their time in order, nothing is left behind", async (t) => {
  const seed = Date.now() % 2 ** 31;
  t.diagnostic(`seed ${seed}`);
  const sessions = fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (steps) => {
    const gateway = new GatewayOnPaper({
      authorize: fickle(),
      limits: { messageBurst: 10_000, messagesPerSecond: 10_000, errorBudget: 10_000 },
    });
    const rooms = await watchedRooms(gateway);
    const ends = await Promise.all(users.map((user) => FarEnd.connect(gateway, user, rooms)));
    for (const [index, { who, actions, ending, pause }] of steps.entries()) {
      const end = ends[who] as FarEnd;
      if (end.closed) {
        ends[who] = await FarEnd.connect(gateway, users[who] as string, rooms);
        continue;
      }
      end.socket.send(...actions.map((each, at) => frameOf(end, rooms, each, `${index}.${at}`) as { type: string }));
      if (ending === "disconnect") end.socket.close(1001, "");
      else if (ending !== null) end.socket.sendText(ending);
      if (pause === "a moment later") await aMoment();
      if (pause === "a turn later") for (const each of ends) await each.listen();
    }
    for (let turn = 0; turn < 20; turn += 1) for (const end of ends) await end.listen();
    for (const end of ends) if (!end.closed) end.settle();
    for (const end of ends) end.socket.close(1000, "");
    await ends[0]?.listen();
    const { core, clock } = gateway;
    const left = [clock.timers, core.openPerIp.total, core.unauthenticatedPerIp.total, core.channels.size];
    assert.deepEqual([...left, core.connections.all.size], [0, 0, 0, 0, 0]);
    for (const { channel, params } of rooms) {
      assert.deepEqual(await core.cluster.presence.list(`${channel} ${JSON.stringify(params)}`), []);
    }
    assert.ok(!gateway.events.some(({ event }) => event === "failure"));
  });
  await fc.assert(sessions, { seed, numRuns: 100 });
});
