import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { GatewayLimits } from "@wardwire/gateway/options";
import { countDescriptors } from "../fuzz/gateway-process.ts";

/** What the fleet may present. */
export interface FleetTokens {
  /** Good tokens, each of another user. */
  readonly members: readonly string[];
  readonly expired: string;
  /** `alg` is `none`. */
  readonly unsigned: string;
}

/** Where a gateway is, and who may enter. */
export interface Opened {
  readonly port: number;
  /** PEM of the authority its certificate comes from. */
  readonly ca: string;
  readonly crowdTokens: readonly string[];
  readonly fleetTokens: FleetTokens;
}

/** What the gateway's process holds and has used, as it tells itself after a garbage collection. */
export interface Held {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly cpuMs: number;
  /** What failed inside the gateway: no attack may make it. */
  readonly failures: readonly string[];
}

/** What the child sends: where it is, once, then what it holds whenever it is asked. */
export type GatewayMessage = Opened | { readonly held: Held };

/** A gateway in a process of its own; `await using` stops it. */
export class GatewayProcess implements AsyncDisposable {
  readonly opened: Opened;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, opened: Opened) {
    this.#child = child;
    this.opened = opened;
  }

  /** Every limit is at its default but for `limits`. */
  static async start(limits: Partial<GatewayLimits> = {}): Promise<GatewayProcess> {
    const child = fork(join(import.meta.dirname, "gateway-child.ts"), [JSON.stringify(limits)], {
      execArgv: ["--conditions=@wardwire/source", "--expose-gc"],
      stdio: ["ignore", "inherit", "ignore", "ipc"],
    });
    const [opened] = (await once(child, "message")) as [Opened];
    return new GatewayProcess(child, opened);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the gateway's process did not start");
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** `descriptors` are the open ones; 0 on systems without /proc. */
  async held(): Promise<Held & { readonly descriptors: number }> {
    const answer = once(this.#child, "message");
    this.#child.send("held");
    const [{ held }] = (await answer) as [{ held: Held }];
    return { ...held, descriptors: countDescriptors(this.pid) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    if (this.isAlive) await once(this.#child, "exit");
  }
}
