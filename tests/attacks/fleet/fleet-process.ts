import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { FleetTokens, Opened } from "./gateway-process.ts";

/** What a fleet is told. */
export interface FleetOrders {
  readonly port: number;
  readonly ca: string;
  readonly tokens: FleetTokens;
  /** By name. */
  readonly kinds: "all" | readonly string[];
  /** Attacks of every kind. */
  readonly perSecond: number;
  /** During which attacks are started; the slowest take ten seconds more to end. */
  readonly durationMs: number;
}

/** What came of one kind of attack. */
export interface AttackOutcome {
  readonly name: string;
  readonly launched: number;
  /** Attacks that reached their point and whose answer was seen. */
  readonly completed: number;
  /** Why the others did not, and how often. */
  readonly failures: readonly (readonly [reason: string, count: number])[];
}

/** A fleet in a process of its own, still at rest; `using` stops it. */
export class FleetProcess implements Disposable {
  readonly #child = fork(join(import.meta.dirname, "fleet-child.ts"), {
    execArgv: ["--conditions=@wardwire/source"],
  });

  /** Attacks a gateway; resolves when the last attack has ended. */
  async attack(
    { port, ca, fleetTokens }: Opened,
    orders: Pick<FleetOrders, "kinds" | "perSecond" | "durationMs">,
  ): Promise<readonly AttackOutcome[]> {
    const answer = once(this.#child, "message");
    this.#child.send({ port, ca, tokens: fleetTokens, ...orders } satisfies FleetOrders);
    const [outcomes] = (await answer) as [readonly AttackOutcome[]];
    return outcomes;
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
