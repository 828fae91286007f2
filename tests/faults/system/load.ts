import { setTimeout as delay } from "node:timers/promises";
import type { LoggedClient } from "./logged-client.ts";

/** How much is published. */
export interface LoadOptions {
  /** Messages of one client under way at once. */
  readonly inFlight: number;
  /** Between an acknowledgement and the next message in its place. */
  readonly pauseMs: number;
  /** Characters of each message beside its name. */
  readonly fillingLength?: number;
}

/** Clients that publish, as long as it takes; whatever becomes of their messages is in their logs. */
export class Load {
  readonly #lanes: Promise<void>[];
  #stopped = false;
  #acknowledged = 0;
  #nextAcknowledgement = Promise.withResolvers<void>();

  /** Begins at once. */
  constructor(publishers: readonly LoggedClient[], options: LoadOptions) {
    const lanes = Array.from({ length: options.inFlight }, (_, lane) => lane);
    this.#lanes = publishers.flatMap((publisher) => lanes.map((lane) => this.#publish(publisher, lane, options)));
  }

  /** Messages acknowledged so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Resolves at the next acknowledgement. */
  get acknowledgement(): Promise<void> {
    return this.#nextAcknowledgement.promise;
  }

  /** Publishes nothing more; resolves when the outcome of everything is known, or known to be unknown. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#lanes);
  }

  async #publish(publisher: LoggedClient, lane: number, { pauseMs, fillingLength = 0 }: LoadOptions): Promise<void> {
    const filling = "x".repeat(fillingLength);
    for (let count = 0; !this.#stopped; count += 1) {
      if (await publisher.publish(`${publisher.name}-${lane}-${count}`, filling)) this.#acknowledge();
      await delay(pauseMs);
    }
  }

  #acknowledge(): void {
    this.#acknowledged += 1;
    this.#nextAcknowledgement.resolve();
    this.#nextAcknowledgement = Promise.withResolvers();
  }
}
