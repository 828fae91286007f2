import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { WebSocket } from "ws";
import { repositoryRoot } from "../../../tools/repository-files.ts";

const sockets = 2_000;
const bystanders = 50;
const rooms = 100;
const openingAtOnce = 100;

/** A member of one of the rooms, in this process; the gateway is in another. */
async function member(port: number, user: string, room: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { authorization: `Bearer ${user}` } });
  await once(socket, "open");
  const params = { roomId: `room-${room}` };
  socket.send(`{"type":"connect","id":1}\n${JSON.stringify({ type: "join", id: 2, channel: "lobby", params })}`);
  for (;;) {
    const [data] = await once(socket, "message");
    if (String(data).includes('"joined"')) return socket;
  }
}

async function members(port: number, user: string, count: number): Promise<WebSocket[]> {
  const opened: WebSocket[] = [];
  const numbers = Array(count).keys();
  const work = async (): Promise<void> => {
    for (const number of numbers) opened.push(await member(port, user, number % rooms));
  };
  await Promise.all(Array.from({ length: openingAtOnce }, work));
  return opened;
}

test("revoking 2,000 live sockets closes them with 4403, p99 under 1 s, and no other (R40)", {
  timeout: 60_000,
}, async (t) => {
  const child = fork(join(repositoryRoot, "tests/end-to-end/fixtures/crowded-gateway.ts"), {
    execArgv: ["--conditions=@wardwire/source"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [{ port }] = (await once(child, "message")) as [{ readonly port: number }];
  const others = await members(port, "bob", bystanders);
  const revoked = await members(port, "alice", sockets);
  t.after(() => {
    for (const socket of [...others, ...revoked]) socket.terminate();
  });

  const startedAt = performance.now();
  const closing = revoked.map(async (socket) => {
    const [code] = await once(socket, "close");
    return { code: code as number, afterMs: performance.now() - startedAt };
  });
  child.send({ revoke: "alice" });
  const [answer] = await once(child, "message");
  const closes = await Promise.all(closing);

  const times = closes.map(({ afterMs }) => afterMs).sort((one, other) => one - other);
  const [p50, p99, last] = [0.5, 0.99, 1].map((share) => times[Math.ceil(share * times.length) - 1] ?? Number.NaN);
  const shown = [p50, p99, last].map((ms) => Math.round(ms ?? Number.NaN)).join(", ");
  t.diagnostic(`revoking ${sockets} sockets: closed after p50, p99, last: ${shown} ms`);
  assert.deepEqual(answer, { closed: sockets });
  assert.deepEqual(new Set(closes.map(({ code }) => code)), new Set([4403]));
  assert.ok((p99 ?? Number.NaN) < 1_000, `p99 ${p99} ms`);
  assert.deepEqual(new Set(others.map(({ readyState }) => readyState)), new Set([WebSocket.OPEN]));
});
