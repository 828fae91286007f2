import assert from "node:assert/strict";
import { test } from "node:test";
import type { PaperSocket } from "../gateway-on-paper.ts";
import { WatchedGateway } from "./watched-gateway.ts";

const people = 200;
const minutes = 10;

/** Forty households and offices, of which one houses forty people behind one address. */
function homeOf(person: number): string {
  return person < 40 ? "192.0.2.1" : `198.51.${100 + (person % 50)}.${1 + (person % 200)}`;
}

async function arrive(watched: WatchedGateway, person: number, address: string): Promise<PaperSocket> {
  const socket = await watched.connect(`user-${person}/phone`, address);
  socket.send({ type: "join", id: 2, channel: "lobby", params: { roomId: `room-${person % 20}` } });
  const { channel } = await socket.next("joined");
  socket.send({ type: "publish", id: 3, channel, data: { text: "hello" } });
  await socket.next("published");
  return socket;
}

/** What is not as it should be now and then, on any day. */
async function mishap(watched: WatchedGateway, minute: number): Promise<void> {
  const { gateway } = watched;
  const home = homeOf(minute * 17);
  await watched.connect("bad", home);
  await watched.connect("old", home);
  await gateway.upgrade({ origin: "https://search.example" }, "/ws", home);
  await gateway.upgrade({}, "/socket.io", home);
  await gateway.upgrade({ origin: undefined }, "/ws", home);
  (await watched.open(home)).sendText("GET / HTTP/1.1");
  await watched.connect("departed", home);
}

test("200 people who come, talk, lose the network and come back raise no signal (R45, R55)", {
  timeout: 60_000,
}, async () => {
  const watched = new WatchedGateway();
  const { clock } = watched.gateway;
  await watched.gateway.core.revocations.revoke({ user: "departed" });
  const sockets = new Map<number, PaperSocket>();
  for (let person = 0; person < people; person += 1) sockets.set(person, await arrive(watched, person, homeOf(person)));
  for (let minute = 0; minute < minutes; minute += 1) {
    await mishap(watched, minute);
    for (let person = minute % 5; person < people; person += 5) {
      const away = minute % 2 === 0 ? `203.0.${113 + (person % 3)}.9` : homeOf(person);
      sockets.get(person)?.close(1006, "");
      sockets.set(person, await arrive(watched, person, away));
    }
    clock.pass(60_000 / 2);
    for (const socket of sockets.values()) if (socket.closedWith === undefined) socket.send({ type: "pong" });
    clock.pass(60_000 / 2);
    for (const [person, socket] of sockets) {
      if (socket.closedWith !== undefined) sockets.set(person, await arrive(watched, person, homeOf(person)));
    }
  }
  const happened = new Set(watched.gateway.events.map(({ event }) => event));
  for (const event of [
    "connected",
    "disconnected",
    "upgrade-refused",
    "authentication-failed",
    "decode-error",
  ] as const)
    assert.ok(happened.has(event), `${event} happened`);
  assert.deepEqual(watched.raised, []);
});

test("negative control: the same mishaps at twenty times the pace are signals", async () => {
  const watched = new WatchedGateway();
  await watched.gateway.core.revocations.revoke({ user: "departed" });
  for (let index = 0; index < 20; index += 1) await mishap(watched, 0);
  assert.deepEqual(watched.raised.map((raised) => raised.split(" ")[0]).toSorted(), [
    "decode-errors",
    "failed-authentications",
    "refused-origins",
    "revoked-token-used",
  ]);
});
