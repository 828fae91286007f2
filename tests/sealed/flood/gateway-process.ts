import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { GatewayLimits } from "@wardwire/gateway/options";
import type { CrowdPlace } from "../../attacks/fleet/crowd.ts";

/** What a flood needs to know to look like clients; all of it is public. */
export interface FloodTarget {
  /** Of the listener without TLS. */
  readonly plainPort: number;
  /** For message 1; `kid` in hexadecimal. */
  readonly header: { readonly origin: string; readonly bundleVersion: number; readonly kid: string };
}

/** Where the gateway is, and who may enter. */
export type Flooded = CrowdPlace & FloodTarget;

/** What the gateway has used so far. */
export interface Used {
  readonly cpuMs: number;
  /** Handshakes that the budget of KEM time refused. */
  readonly kemRefusals: number;
  readonly failures: readonly string[];
}

/** What the child sends. */
export type FloodedMessage = Flooded | { readonly used: Used };

/** A gateway in a process of its own, to be flooded; `await using` stops it. */
export class FloodedGateway implements AsyncDisposable {
  readonly place: Flooded;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, place: Flooded) {
    this.#child = child;
    this.place = place;
  }

  /** Every limit is at its default but for `limits`. */
  static async start(limits: Partial<GatewayLimits> = {}): Promise<FloodedGateway> {
    const child = fork(join(import.meta.dirname, "gateway-child.ts"), [JSON.stringify(limits)], {
      execArgv: ["--conditions=@wardwire/source"],
    });
    const [place] = (await once(child, "message")) as [Flooded];
    return new FloodedGateway(child, place);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async used(): Promise<Used> {
    const answer = once(this.#child, "message");
    this.#child.send("used");
    const [{ used }] = (await answer) as [{ used: Used }];
    return used;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}
