import type { BundleMemory, checkBundle, withFloor } from "@wardwire/crypto/keys/bundle-check";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { nowMs, nowSeconds, type Tiers, trustIn } from "../../packages/crypto/test/fixtures/key-tiers.ts";
import { hold, type Step, type World } from "./explorer.ts";
import type { ImportCrypto } from "./weakened.ts";

/** What checks bundles, as it is or with a rule taken away. */
export interface BundleParts {
  readonly checkBundle: typeof checkBundle;
  readonly withFloor: typeof withFloor;
}

/** Imports it. */
export function bundleParts(importCrypto: ImportCrypto): Promise<BundleParts> {
  return importCrypto<BundleParts>("keys/bundle-check");
}

/** A bundle the attacker can serve, and what the specification says of it. */
export interface ServedBundle {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly version: number;
  /** Dates of the bundle, in hours from the beginning. */
  readonly hours: readonly [from: number, to: number];
  readonly identity: "current" | "next";
  /** Whether it has a revocation of current that next has signed. */
  readonly revokesCurrent?: boolean;
  /** Why it is never to be taken: a signature, an identity, an origin, a kid, a certificate. */
  readonly neverBecause?: string;
}

/** What all worlds of an exploration share. */
export interface BundleModel {
  readonly parts: BundleParts;
  readonly tiers: Tiers;
  readonly bundles: readonly ServedBundle[];
  /** Verdicts by bundle, memory and clock: checking is the same each time, and dear. */
  readonly verdicts: Map<string, ReturnType<typeof checkBundle>>;
}

/**
 * A client that is served bundles, good and bad, old and new, in every order, while days pass, its clock is put back, and
 * handshakes tell it the time.
 *
 * Holds: it takes a bundle exactly if that is signed by both algorithms for a pinned identity that no revocation it has been
 * shown has ended, is in its dates by the later of clock and floor, for its origin, has a usable key, and is no older than any
 * it took before (KB-1.3, KB-2.3, KB-3.1 to KB-3.6).
 */
export class BundleWorld implements World {
  readonly #model: BundleModel;
  #memory: BundleMemory;
  #hour = 0;
  #isClockBack = false;
  /** What the specification goes by: the model's own notes of what has happened. */
  #floorHour = Number.NEGATIVE_INFINITY;
  #highestTaken = 0;
  #isCurrentRevoked = false;
  #hasTaken = false;

  constructor(model: BundleModel) {
    this.#model = model;
    this.#memory = trustIn(model.tiers).memory;
  }

  get state(): string {
    const notes = [this.#floorHour, this.#highestTaken, this.#isCurrentRevoked, this.#hasTaken];
    return [JSON.stringify(this.#memory), this.#hour, this.#isClockBack, ...notes].join();
  }

  steps(): readonly Step[] {
    const steps: Step[] = this.#model.bundles.map((bundle) => ({
      name: `${bundle.name} is served`,
      take: () => this.#serve(bundle),
    }));
    if (this.#hour < 96) steps.push({ name: "two days pass", take: () => this.#wait() });
    if (!this.#isClockBack) steps.push({ name: "the clock is put back", take: () => this.#putClockBack() });
    if (this.#hasTaken) steps.push({ name: "a handshake tells the time", take: () => this.#learnTime() });
    return steps;
  }

  #wait(): void {
    this.#hour += 48;
  }

  #putClockBack(): void {
    this.#isClockBack = true;
  }

  #learnTime(): void {
    this.#memory = this.#model.parts.withFloor(this.#memory, nowMs + this.#hour * hourMs);
    this.#floorHour = this.#hour;
  }

  async #serve(bundle: ServedBundle): Promise<void> {
    const clock = this.#isClockBack ? this.#hour - 120 : this.#hour;
    const verdict = await this.#check(bundle, nowMs + clock * hourMs);
    this.#memory = verdict.memory;
    if (bundle.revokesCurrent) this.#isCurrentRevoked = true;
    const why = this.#whyNot(bundle, Math.max(clock, this.#floorHour));
    const isTaken = "bundle" in verdict;
    hold(!(isTaken && why !== undefined), `${bundle.name} was taken: ${why}`);
    hold(isTaken || why !== undefined, `${bundle.name} was refused, and nothing is wrong with it`);
    if (!isTaken) return;
    this.#hasTaken = true;
    this.#highestTaken = bundle.version;
  }

  #whyNot({ neverBecause, identity, hours, version }: ServedBundle, hour: number): string | undefined {
    if (neverBecause !== undefined) return neverBecause;
    if (identity === "current" && this.#isCurrentRevoked) return "its identity is revoked";
    if (hour < hours[0] - toleratedHours || hour > hours[1] + toleratedHours) return "it is out of date";
    return version < this.#highestTaken ? "it is older than one before" : undefined;
  }

  #check(bundle: ServedBundle, at: number): ReturnType<typeof checkBundle> {
    const { parts, tiers, verdicts } = this.#model;
    const key = JSON.stringify([bundle.name, at, this.#memory]);
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const trust = trustIn(tiers, { memory: this.#memory, nowMs: at });
    const verdict = parts.checkBundle(nodePrimitives, bundle.bytes, trust);
    verdicts.set(key, verdict);
    return verdict;
  }
}

/** Seconds since 1970, so many hours from the beginning. */
export function secondsAt(hour: number): number {
  return nowSeconds + hour * 3_600;
}

const hourMs = 3_600_000;
const toleratedHours = 1;
