import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { AttackedProcess } from "./fixtures/attacked-process.ts";
import { openAuthenticated, openSession, weakTarget } from "./fixtures/target.ts";

const crowd = 2_000;
const handshakeTimeoutMs = 2_000;
/** For two busy cores to end 2,000 sockets, beyond the deadline. */
const slackMs = 4_000;
const honestClients = 100;

/** Sockets of which each sends a header now and then and never the last (Slowloris); counts those that live. */
class Crowd implements Disposable {
  readonly #sockets = new Set<Socket>();
  readonly #drip = setInterval(() => this.#sendHeaders(), 250);
  #nth = 0;

  static async join(port: number): Promise<Crowd> {
    const all = new Crowd();
    for (let i = 0; i < crowd; i += 100) await Promise.all(Array.from({ length: 100 }, () => all.#add(port)));
    return all;
  }

  get size(): number {
    return this.#sockets.size;
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

  async #add(port: number): Promise<void> {
    const socket = connect(port, "127.0.0.1");
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
    using slow = await Crowd.join(gateway.port);
    assert.ok((await p99(t, () => openAuthenticated(gateway.port))) < 1_000);
    const ms = await slow.goneWithin(handshakeTimeoutMs + slackMs);
    t.diagnostic(`all gone ${ms?.toFixed(0)} ms later`);
    assert.notEqual(ms, undefined, `${slow.size} are still there`);
    await gateway.assertServes();
  });

  test("negative control: Node and ws alone keep every one of them", async (t) => {
    await using target = await weakTarget("plain");
    using slow = await Crowd.join(target.port);
    await p99(t, () => openSession(target.port));
    assert.equal(await slow.goneWithin(handshakeTimeoutMs), undefined);
    assert.equal(slow.size, crowd);
  });
});
