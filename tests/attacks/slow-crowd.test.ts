import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { defaultLimits } from "@wardwire/gateway/options";
import { AttackedProcess } from "./fixtures/attacked-process.ts";
import { openAuthenticated, openSession, weakTarget } from "./fixtures/target.ts";

const crowd = 2_000;
const handshakeTimeoutMs = 2_000;
/** For two busy cores to end 2,000 sockets, beyond the deadline. */
const slackMs = 4_000;
const honestClients = 100;
const oneAddress = ["127.0.0.2"];
const tenAddresses = Array.from({ length: 10 }, (_, i) => `127.0.0.${2 + i}`);

/** Sockets of which each sends a header now and then and never the last (Slowloris); counts those that live. */
class Crowd implements Disposable {
  readonly #sockets = new Set<Socket>();
  readonly #drip = setInterval(() => this.#sendHeaders(), 250);
  #nth = 0;

  static async join(port: number, addresses: readonly string[]): Promise<Crowd> {
    const all = new Crowd();
    const sources = Array.from({ length: crowd }, (_, i) => addresses[i % addresses.length]);
    for (let i = 0; i < crowd; i += 100) {
      await Promise.all(sources.slice(i, i + 100).map((localAddress = "127.0.0.2") => all.#add(port, localAddress)));
    }
    return all;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Resolves when exactly so many are left; the test's time limit ends the wait. */
  async downTo(left: number): Promise<void> {
    while (this.size > left) await delay(10);
    assert.equal(this.size, left);
  }

  /** Resolves with how long it took until none was left, or with undefined when that took longer than `ms`. */
  async goneWithin(ms: number): Promise<number | undefined> {
    const startedAt = performance.now();
    while (this.size > 0) {
      const left = ms - (performance.now() - startedAt);
      if (left <= 0) return undefined;
      await delay(Math.min(left, 50));
    }
    return performance.now() - startedAt;
  }

  async #add(port: number, localAddress: string): Promise<void> {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    socket.on("error", () => {}).resume();
    await once(socket, "connect");
    socket.on("close", () => this.#sockets.delete(socket));
    socket.write("GET /ws HTTP/1.1\r\nHost: localhost\r\n");
    this.#sockets.add(socket);
  }

  #sendHeaders(): void {
    this.#nth += 1;
    for (const socket of this.#sockets) if (socket.writable) socket.write(`X-${this.#nth}: 1\r\n`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#drip);
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** The 99th percentile of the time an honest client takes from TCP to what `open` waits for. */
async function p99(t: TestContext, open: () => Promise<AsyncDisposable>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < honestClients; i += 1) {
    const startedAt = performance.now();
    const client = await open();
    times.push(performance.now() - startedAt);
    await client[Symbol.asyncDispose]();
  }
  const at = times.sort((one, other) => one - other)[Math.floor(honestClients * 0.99) - 1] ?? 0;
  t.diagnostic(`p99 of ${honestClients} honest clients beside ${crowd} slow ones: ${at.toFixed(0)} ms`);
  return at;
}

describe("attack 22: connections that take their time (Slowloris)", { timeout: 40_000 }, () => {
  test(`attack 22: ${crowd} slow sockets are gone by the deadline, and honest clients connect within a second (R18)`, async (t) => {
    await using gateway = await AttackedProcess.gateway({ limits: { handshakeTimeoutMs } });
    using slow = await Crowd.join(gateway.port, tenAddresses);
    assert.ok((await p99(t, () => openAuthenticated(gateway.port))) < 1_000);
    const ms = await slow.goneWithin(handshakeTimeoutMs + slackMs);
    t.diagnostic(`all gone ${ms?.toFixed(0)} ms later`);
    assert.notEqual(ms, undefined, `${slow.size} are still there`);
    await gateway.assertServes();
  });

  test("attack 22: one address keeps no more than its share of the connections (R30)", async () => {
    await using gateway = await AttackedProcess.gateway();
    using slow = await Crowd.join(gateway.port, oneAddress);
    await using _honest = await openAuthenticated(gateway.port);
    await slow.downTo(defaultLimits.maxConnectionsPerIp + defaultLimits.maxUnauthenticatedPerIp);
    await gateway.assertServes();
  });

  test("negative control: Node and ws alone keep every one of them", async (t) => {
    await using target = await weakTarget("plain");
    using slow = await Crowd.join(target.port, oneAddress);
    await p99(t, () => openSession(target.port));
    assert.equal(await slow.goneWithin(handshakeTimeoutMs), undefined);
    assert.equal(slow.size, crowd);
  });
});
