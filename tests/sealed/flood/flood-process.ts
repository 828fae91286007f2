import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { FloodTarget } from "./gateway-process.ts";

/** What a flood is told. */
export interface FloodOrders extends FloodTarget {
  readonly perSecond: number;
  readonly durationMs: number;
}

/** What came of it. */
export interface FloodOutcome {
  readonly launched: number;
  /** As it was, where the machine did not manage more. */
  readonly perSecond: number;
  /** Close codes, HTTP statuses or `nothing`, and how often each came. */
  readonly answers: readonly (readonly [answer: string, count: number])[];
}

/** A flood of message 1 from a process of its own, still at rest; `using` stops it. */
export class FloodProcess implements Disposable {
  readonly #child = fork(join(import.meta.dirname, "flood-child.ts"), { execArgv: ["--conditions=@wardwire/source"] });

  /** Floods a gateway; resolves when the last message has been answered. */
  async flood(orders: FloodOrders): Promise<FloodOutcome> {
    const answer = once(this.#child, "message");
    this.#child.send(orders);
    const [outcome] = (await answer) as [FloodOutcome];
    return outcome;
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
