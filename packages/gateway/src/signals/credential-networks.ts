import type { GatewayEvent } from "../observe/events.ts";
import { type Network, networkOf } from "./network.ts";
import type { CountersOptions } from "./spikes.ts";
import { type Remembered, Subjects } from "./subjects.ts";

/**
 * Raises a credential that connects from several networks within a short time, as a stolen one does. IPv4 and IPv6 count
 * apart, each on its own: a phone that leaves Wi-Fi for a mobile network comes from two networks of a family, however often
 * it goes to and fro.
 */
export class CredentialNetworks {
  readonly #options: CountersOptions;
  readonly #credentials: Subjects<Seen>;

  constructor(options: CountersOptions) {
    this.#options = options;
    this.#credentials = new Subjects(options.maxSubjects);
  }

  /** Credentials forgotten for want of room. */
  get forgotten(): number {
    return this.#credentials.forgotten;
  }

  hear(event: GatewayEvent): void {
    if (event.event !== "connected" || event.credential === undefined) return;
    const network = networkOf(event.address);
    if (network === undefined) return;
    const { thresholds, now, raise } = this.#options;
    const { tokenNetworks: threshold, tokenNetworksWindowMs: windowMs } = thresholds;
    const nowMs = now();
    const seen = this.#credentials.hear(event.credential, nowMs, () => ({
      lastSeenMs: new Map(),
      untilMs: 0,
      quietUntilMs: 0,
    }));
    seen.untilMs = nowMs + windowMs;
    const count = note(seen.lastSeenMs, network, { nowMs, windowMs, most: threshold });
    if (count < threshold || nowMs < seen.quietUntilMs) return;
    seen.quietUntilMs = nowMs + windowMs;
    const subject = { subject: event.user, per: "user" } as const;
    raise({ event: "signal", signal: "token-in-several-networks", count, threshold, windowMs, ...subject });
  }
}

interface Seen extends Remembered {
  /** By network, of both families, longest ago first. */
  readonly lastSeenMs: Map<string, number>;
  untilMs: number;
  quietUntilMs: number;
}

interface Window {
  readonly nowMs: number;
  readonly windowMs: number;
  /** More of one family are not remembered: that many are a signal already. */
  readonly most: number;
}

/** Notes a network; gives how many of its family were seen within the window. */
function note(lastSeenMs: Map<string, number>, { family, prefix }: Network, { nowMs, windowMs, most }: Window): number {
  lastSeenMs.delete(prefix);
  lastSeenMs.set(prefix, nowMs);
  for (const [other, seenMs] of lastSeenMs) if (seenMs <= nowMs - windowMs) lastSeenMs.delete(other);
  const ofFamily = [...lastSeenMs.keys()].filter((other) => other.includes(":") === (family === 6));
  const [oldest] = ofFamily;
  if (ofFamily.length <= most || oldest === undefined) return ofFamily.length;
  lastSeenMs.delete(oldest);
  return most;
}
