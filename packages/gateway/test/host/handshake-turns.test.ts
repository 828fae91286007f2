import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, Server, Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { takeHandshakesInTurns } from "../../src/host/node/handshake-turns.ts";

/** A server that counts the connections it is given to begin with. */
function pacedServer(): { readonly server: Server; readonly begun: Socket[] } {
  const begun: Socket[] = [];
  const server = new Server((socket) => begun.push(socket));
  takeHandshakesInTurns(server);
  return { server, begun };
}

test("of ten connections that come at once four begin in a turn, in order, and all in the end (R30)", async () => {
  const { server, begun } = pacedServer();
  const sockets = Array.from({ length: 10 }, () => new Socket());
  for (const socket of sockets) server.emit("connection", socket);
  const counts: number[] = [begun.length];
  for (let turn = 0; turn < 3; turn += 1) {
    await nextTurn();
    counts.push(begun.length);
  }
  assert.deepEqual(counts, [0, 4, 8, 10]);
  assert.deepEqual(begun, sockets);
});

test("a connection that is reset while it waits is left out and harms nothing (R35)", async () => {
  const { server, begun } = pacedServer();
  const [reset, healthy] = [new Socket(), new Socket()];
  for (const socket of [reset, healthy]) server.emit("connection", socket);
  reset.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  await nextTurn();
  assert.deepEqual(begun, [healthy]);
});

test("what a peer sends while it waits is not lost", async () => {
  const { server, begun } = pacedServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.write("hello");
  await once(client, "connect");
  while (begun.length === 0) await nextTurn();
  const [socket] = begun;
  assert.ok(socket);
  const [data] = await once(socket, "data");
  assert.equal(String(data), "hello");
  client.destroy();
  server.close();
  await once(server, "close");
});
