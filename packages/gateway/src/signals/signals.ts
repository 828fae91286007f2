import { cleanText } from "../audit/clean-fields.ts";
import type { Clock } from "../clock.ts";
import type { GatewayEvent, Observe } from "../observe/events.ts";
import { CredentialNetworks } from "./credential-networks.ts";
import type { SignalEvent, SignalName, SignalThresholds } from "./signal.ts";
import { SlidingCount } from "./sliding-count.ts";
import { type CountersOptions, Spikes } from "./spikes.ts";

/** What {@link Signals} are made of. */
export interface SignalsOptions {
  readonly thresholds: SignalThresholds;
  readonly clock: Clock;
  /** Hears each signal. */
  readonly observe: Observe;
  /** The most addresses, origins or users remembered for each thing that is counted. */
  readonly maxSubjects: number;
  /** The most credentials remembered. */
  readonly maxCredentials: number;
}

/** The most signals of one name in a window; more are counted and not raised, so that an attack floods no pager. */
export const maxRaised = 32;

/** Hears a gateway's events and raises a signal for what comes too often (R45, R55). Its memory is bounded. */
export class Signals {
  readonly #options: SignalsOptions;
  readonly #spikes: Spikes;
  readonly #networks: CredentialNetworks;
  readonly #raised = new Map<SignalName, SlidingCount>();
  #suppressed = 0;

  constructor(options: SignalsOptions) {
    this.#options = options;
    const counters: CountersOptions = {
      thresholds: options.thresholds,
      maxSubjects: options.maxSubjects,
      now: () => options.clock.monotonic(),
      raise: (signal) => this.raise(signal),
    };
    this.#spikes = new Spikes(counters);
    this.#networks = new CredentialNetworks({ ...counters, maxSubjects: options.maxCredentials });
  }

  /** Subjects forgotten for want of room, though they still mattered. */
  get forgotten(): number {
    return this.#spikes.forgotten + this.#networks.forgotten;
  }

  /** Signals not raised because there were {@link maxRaised} of their name already. */
  get suppressed(): number {
    return this.#suppressed;
  }

  /** Counts an event. */
  hear(event: GatewayEvent): void {
    this.#spikes.hear(event);
    this.#networks.hear(event);
  }

  /** Has a signal heard, unless there are too many of its name. What a stranger chose of it is cleaned. */
  raise(signal: SignalEvent): void {
    const { thresholds, clock, observe } = this.#options;
    const nowMs = clock.monotonic();
    const raised = this.#raised.get(signal.signal) ?? new SlidingCount(thresholds.windowMs, nowMs);
    this.#raised.set(signal.signal, raised);
    if (raised.count(nowMs) >= maxRaised) {
      this.#suppressed += 1;
      return;
    }
    raised.add(nowMs);
    const { subject, per } = signal;
    observe(subject === undefined ? signal : { ...signal, subject: cleanText(subject, per === "user") });
  }
}
