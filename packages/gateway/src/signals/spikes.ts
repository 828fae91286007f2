import type { GatewayEvent } from "../observe/events.ts";
import { type SpikeRule, spikeRules } from "./rules.ts";
import type { SignalEvent, SignalThresholds } from "./signal.ts";
import { SlidingCount } from "./sliding-count.ts";
import { type Remembered, Subjects } from "./subjects.ts";

/** What counters are made of. */
export interface CountersOptions {
  readonly thresholds: SignalThresholds;
  /** The most subjects that are remembered for each rule. */
  readonly maxSubjects: number;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly raise: (signal: SignalEvent) => void;
}

/** Counts what {@link spikeRules} list, by subject, and raises what comes too often. */
export class Spikes {
  readonly #options: CountersOptions;
  readonly #counted: readonly { readonly rule: SpikeRule; readonly subjects: Subjects<Counted> }[];

  constructor(options: CountersOptions) {
    this.#options = options;
    this.#counted = spikeRules.map((rule) => ({ rule, subjects: new Subjects<Counted>(options.maxSubjects) }));
  }

  /** Subjects forgotten for want of room. */
  get forgotten(): number {
    return this.#counted.reduce((sum, { subjects }) => sum + subjects.forgotten, 0);
  }

  hear(event: GatewayEvent): void {
    for (const { rule, subjects } of this.#counted) {
      const subject = rule.subject(event);
      if (subject !== undefined) this.#count(rule, subjects, subject);
    }
  }

  #count(rule: SpikeRule, subjects: Subjects<Counted>, subject: string): void {
    const { thresholds, now, raise } = this.#options;
    const { windowMs, [rule.threshold]: threshold } = thresholds;
    const nowMs = now();
    const key = rule.per === undefined ? "" : subject;
    const counted = subjects.hear(key, nowMs, () => ({
      times: new SlidingCount(windowMs, nowMs),
      untilMs: 0,
      quietUntilMs: 0,
    }));
    const count = counted.times.add(nowMs);
    counted.untilMs = nowMs + windowMs;
    if (count < threshold || nowMs < counted.quietUntilMs) return;
    counted.quietUntilMs = nowMs + windowMs;
    raise({
      event: "signal",
      signal: rule.signal,
      count,
      threshold,
      windowMs,
      ...(rule.per === undefined ? {} : { subject, per: rule.per }),
    });
  }
}

interface Counted extends Remembered {
  readonly times: SlidingCount;
  untilMs: number;
  /** It has been raised; until then it is not raised again. */
  quietUntilMs: number;
}
