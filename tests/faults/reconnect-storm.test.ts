import assert from "node:assert/strict";
import { test } from "node:test";
import { percentile } from "./system/figures.ts";
import { LoggedClient } from "./system/logged-client.ts";
import { SqliteGateway } from "./system/sqlite-gateway.ts";
import { assertGuarantee } from "./system/verdict.ts";

const clientCount = 1_000;
const joiningAtOnce = 50;
const rooms = 10;
const longestMs = 30_000;

test(`${clientCount} clients whose gateway was killed are all back within 30 s of its restart (R60)`, {
  timeout: 90_000,
}, async (t) => {
  // All of them have one address here, as nowhere else; every other limit is as in production.
  await using gateway = await SqliteGateway.start({ limits: { maxConnectionsPerIp: 2 * clientCount } });
  await using stack = new AsyncDisposableStack();
  const clients: LoggedClient[] = [];
  for (let first = 0; first < clientCount; first += joiningAtOnce) {
    const some = Array.from({ length: joiningAtOnce }, (_, index) => {
      const place = { channel: "log", id: `room-${(first + index) % rooms}` } as const;
      return LoggedClient.join(gateway, `user-${first + index}`, place);
    });
    clients.push(...(await Promise.all(some)).map((client) => stack.use(client)));
  }
  for (const client of clients.slice(0, rooms)) await client.publish(`before-${client.name}`);

  const back = clients.map(({ client }) => nextConnection(client));
  await gateway.kill();
  // Under way while everybody comes back: whoever is late is to find them.
  const published = Promise.all(clients.slice(0, rooms).map((client) => client.publish(`meanwhile-${client.name}`)));
  await gateway.restart();
  const restarted = performance.now();
  const backMs = (await Promise.all(back)).map((at) => at - restarted);
  await published;
  const { received, gaps } = await assertGuarantee(clients);

  const [half, most, last] = [0.5, 0.99, 1].map((share) => percentile(backMs, share).toFixed(0));
  t.diagnostic(`half of ${clientCount} back after ${half} ms, 99 % after ${most} ms, the last after ${last} ms`);
  t.diagnostic(`target ${longestMs} ms; at most ${busiestSecond(backMs)} handshakes in a second`);
  t.diagnostic(`${received} received, 0 violations (target 0), ${gaps} gaps (target 0)`);
  assert.ok(Number(last) <= longestMs, `the last was back after ${last} ms`);
  assert.equal(gaps, 0);
  assert.deepEqual(gateway.failures, []);
});

/** When a client is connected again after it has lost its connection, by `performance.now()`. */
function nextConnection(client: LoggedClient["client"]): Promise<number> {
  return new Promise((resolve) => {
    client.addEventListener("state", ({ detail }) => {
      if (detail.phase === "connected") resolve(performance.now());
    });
  });
}

/** The most of these instants, in ms, that lie within one second. */
function busiestSecond(instants: readonly number[]): number {
  const sorted = instants.toSorted((a, b) => a - b);
  const counts = sorted.map((from, index) => sorted.findLastIndex((to) => to < from + 1_000) - index + 1);
  return Math.max(...counts);
}
