import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { clientFrame, opcodes, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";

/** What the gateway's process holds, as it tells itself, after a garbage collection. */
export interface ChildReport {
  readonly timers: number;
  readonly sockets: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** What failed inside the gateway: no input may make it. */
  readonly failures: readonly string[];
}

/** What the child sends: its port once, then a report whenever it is asked. */
export type ChildMessage = { readonly port: number } | { readonly report: ChildReport };

/** Header fields of a handshake from a page the gateway knows. */
export const originHeader = "Origin: https://chat.example";

interface Held extends ChildReport {
  /** Open file descriptors; 0 on systems without /proc. */
  readonly descriptors: number;
}

/** A gateway under attack, in a process of its own. */
export class GatewayProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /**
   * Runs `attack` against a fresh gateway and then holds that the same process serves a good client, that nothing failed
   * inside it, and that it holds no descriptor, socket or timer more than before, and not much more memory.
   */
  static async survives(attack: (gateway: GatewayProcess) => Promise<void>): Promise<string> {
    const child = fork(join(import.meta.dirname, "gateway-child.ts"), {
      execArgv: ["--conditions=@wardwire/source", "--expose-gc"],
    });
    try {
      const [{ port }] = (await once(child, "message")) as [{ port: number }];
      const gateway = new GatewayProcess(child, port);
      for (let i = 0; i < 50; i++) await gateway.#serveGoodClient();
      const before = await gateway.#settled(0);
      await attack(gateway);
      await gateway.#serveGoodClient();
      return await gateway.#compare(before);
    } finally {
      if (child.connected) child.disconnect();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
  }

  async #serveGoodClient(): Promise<void> {
    await using client = await RawClient.connect(this.port);
    await client.open([originHeader]);
    client.write(clientFrame({ opcode: opcodes.text, payload: '{"type":"connect","id":1,"token":"good"}' }));
    assert.match((await client.readFrame()).payload.toString(), /^{"type":"connected","id":1,/);
  }

  async #compare(before: Held): Promise<string> {
    const after = await this.#settled(before.descriptors);
    assert.equal(this.#child.exitCode ?? this.#child.signalCode, null, "the process has ended");
    assert.deepEqual(after.failures, []);
    assert.ok(after.descriptors <= before.descriptors, `descriptors: ${before.descriptors}, then ${after.descriptors}`);
    assert.ok(after.sockets <= before.sockets, `sockets: ${before.sockets}, then ${after.sockets}`);
    assert.ok(after.timers <= before.timers, `timers: ${before.timers}, then ${after.timers}`);
    assert.ok(after.heapBytes < before.heapBytes + mebibytes(24), `heap: ${before.heapBytes}, then ${after.heapBytes}`);
    assert.ok(after.rssBytes < before.rssBytes + mebibytes(192), `RSS: ${before.rssBytes}, then ${after.rssBytes}`);
    const grown = ((after.heapBytes - before.heapBytes) / mebibytes(1)).toFixed(1);
    return `heap ${grown} MiB more, RSS ${Math.round(after.rssBytes / mebibytes(1))} MiB, ${after.descriptors} descriptors`;
  }

  /** What it holds once connections that are ending have ended: a refused peer may linger for a second. */
  async #settled(descriptors: number): Promise<Held> {
    for (let attempt = 1; ; attempt++) {
      const held = { ...(await this.#report()), descriptors: countDescriptors(this.#child.pid) };
      const isSettled =
        held.sockets === 0 && held.timers === 0 && (descriptors === 0 || held.descriptors <= descriptors);
      if (isSettled || attempt === 100) return held;
      await delay(50);
    }
  }

  async #report(): Promise<ChildReport> {
    const answer = once(this.#child, "message");
    this.#child.send("report");
    const [{ report }] = (await answer) as [{ report: ChildReport }];
    return report;
  }
}

/** Open file descriptors of a process; 0 on systems without /proc. */
export function countDescriptors(pid: number | undefined): number {
  return process.platform === "linux" ? readdirSync(`/proc/${pid}/fd`).length : 0;
}

function mebibytes(count: number): number {
  return count * 1_048_576;
}
