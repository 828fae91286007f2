import type { Clock, Timer } from "../clock.ts";
import type { Observe } from "../observe/events.ts";
import type { SignalEvent, SignalThresholds } from "./signal.ts";

/** How many file descriptors this process has open, and how many it may have. */
export interface Descriptors {
  readonly open: number;
  readonly limit: number;
}

/** Where the vital signs of a process are read; injected so that tests decide them. */
export interface ProcessMeter {
  /** The 99th percentile of the event loop's delay since it was last asked, in milliseconds. */
  lagMs(): number;
  /** Undefined where the system does not say. */
  descriptors(): Promise<Descriptors | undefined>;
  /** Stops measuring. */
  close(): void;
}

/** What {@link VitalSigns} are made of. */
export interface VitalSignsOptions {
  readonly thresholds: SignalThresholds;
  readonly clock: Clock;
  readonly observe: Observe;
  readonly raise: (signal: SignalEvent) => void;
  /** Begins to measure. */
  readonly openMeter: () => ProcessMeter;
}

/** What was measured last; absent before the first look, or where it cannot be known. */
export interface Vitals {
  readonly lagMs?: number;
  readonly descriptors?: Descriptors;
  /** When the certificate ends, in ms since 1970. */
  readonly certificateUntilMs?: number;
}

/** Between two looks. */
export const lookEveryMs = 10_000;

/** Looks at the process every {@link lookEveryMs} and raises what is bad (R55): again after a while, as long as it is. */
export class VitalSigns {
  readonly #options: VitalSignsOptions;
  readonly #quietUntilMs = new Map<SignalEvent["signal"], number>();
  #meter: ProcessMeter | undefined;
  #timer: Timer | undefined;
  #vitals: Vitals = {};

  constructor(options: VitalSignsOptions) {
    this.#options = options;
  }

  /** What was measured last. */
  get vitals(): Vitals {
    return this.#vitals;
  }

  /** Begins to look; does nothing when it has. */
  start(): void {
    if (this.#meter !== undefined) return;
    this.#meter = this.#options.openMeter();
    this.#schedule(this.#meter);
  }

  /** Looks no more. */
  close(): void {
    this.#timer?.cancel();
    this.#meter?.close();
    this.#meter = undefined;
  }

  /** From now on this certificate is served. */
  certificateUntil(date: Date): void {
    this.#vitals = { ...this.#vitals, certificateUntilMs: date.getTime() };
    this.#quietUntilMs.delete("certificate-expiring");
  }

  #schedule(meter: ProcessMeter): void {
    this.#timer = this.#options.clock.after(lookEveryMs, () => void this.#look(meter));
  }

  async #look(meter: ProcessMeter): Promise<void> {
    this.#vitals = { ...this.#vitals, lagMs: meter.lagMs() };
    try {
      const descriptors = await meter.descriptors();
      if (descriptors !== undefined) this.#vitals = { ...this.#vitals, descriptors };
    } catch (error) {
      this.#options.observe({ event: "failure", where: "vital signs", error });
    }
    // It may have been closed meanwhile.
    if (this.#meter !== meter) return;
    this.#judge();
    this.#schedule(meter);
  }

  #judge(): void {
    const { thresholds, clock, raise } = this.#options;
    const nowMs = clock.monotonic();
    for (const { signal, threshold: name, quietMs, read, isBad } of vitalRules) {
      const count = read(this.#vitals, clock.now());
      const threshold = thresholds[name];
      if (count === undefined || !isBad(count, threshold)) continue;
      if (nowMs < (this.#quietUntilMs.get(signal) ?? 0)) continue;
      this.#quietUntilMs.set(signal, nowMs + quietMs);
      raise({ event: "signal", signal, count, threshold, windowMs: lookEveryMs });
    }
  }
}

interface VitalRule {
  readonly signal: SignalEvent["signal"];
  readonly threshold: keyof SignalThresholds;
  /** How long it is not raised again. */
  readonly quietMs: number;
  /** A whole number; undefined where it is not known. */
  readonly read: (vitals: Vitals, nowMs: number) => number | undefined;
  readonly isBad: (value: number, threshold: number) => boolean;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

const vitalRules: readonly VitalRule[] = [
  {
    signal: "event-loop-lag",
    threshold: "eventLoopLagMs",
    quietMs: 10 * minuteMs,
    read: ({ lagMs }) => lagMs && Math.round(lagMs),
    isBad: (lagMs, most) => lagMs > most,
  },
  {
    signal: "descriptors",
    threshold: "descriptorPercent",
    quietMs: 10 * minuteMs,
    read: ({ descriptors }) => descriptors && Math.floor((descriptors.open * 100) / descriptors.limit),
    isBad: (percent, most) => percent >= most,
  },
  {
    signal: "certificate-expiring",
    threshold: "certificateDays",
    quietMs: dayMs,
    read: ({ certificateUntilMs }, nowMs) => certificateUntilMs && Math.floor((certificateUntilMs - nowMs) / dayMs),
    isBad: (days, least) => days < least,
  },
];
