import type { Bytes } from "@wardwire/crypto/bytes";
import { type AwaitingSecondMessage, startHandshake } from "@wardwire/crypto/handshake/client-handshake";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import type { Suite } from "@wardwire/crypto/handshake/suites";
import type { Primitives } from "@wardwire/crypto/primitives";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { RehandshakeClock, rehandshakeTimes } from "@wardwire/crypto/session-records/rehandshake-clock";
import type { CancelTimer, Clock } from "../platform/clock.ts";
import { sessionFailed } from "./session-loss.ts";
import type { PinnedBundle, TrustedBundles } from "./trusted-bundles.ts";

/** What fresh handshakes in a session are made from. */
export interface RehandshakesSettings {
  readonly primitives: Primitives;
  readonly bundles: TrustedBundles;
  readonly clock: Clock;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly origin: string;
  readonly path: string;
  readonly suite: Suite;
  /** Seals and sends message 1. */
  readonly send: (message: Bytes) => void;
  /** The session has to end. */
  readonly fail: (error: unknown) => void;
}

/** What the answer to a fresh handshake gives: the secrets of both directions, the receiver's from then on. */
export type FreshSecrets = Pick<EstablishedSession, "clientTraffic" | "gatewayTraffic" | "serverTimeMs">;

/** The fresh handshakes of one session (SR-5): begun by the clock a day after the last, each with a bundle of then. */
export class Rehandshakes {
  readonly #settings: RehandshakesSettings;
  readonly #age: RehandshakeClock;
  readonly #over = new AbortController();
  #exporter: SecretBytes;
  #stopTimer: CancelTimer | undefined;
  #waiting: { readonly awaiting: AwaitingSecondMessage; readonly pinned: PinnedBundle } | undefined;
  /** Of the handshake that has been answered, until the gateway has switched too. */
  #fresh: { readonly exporter: SecretBytes; readonly pinned: PinnedBundle } | undefined;

  /** @param exporter of the first handshake; owned from now on */
  constructor(settings: RehandshakesSettings, exporter: SecretBytes) {
    this.#settings = settings;
    this.#exporter = exporter;
    this.#age = new RehandshakeClock(settings.now);
    this.#lookIn(rehandshakeTimes.dueAfterMs);
  }

  /** The exporter in force (AU-2); stays the session's. */
  get exporter(): SecretBytes {
    return this.#exporter;
  }

  /**
   * Opens the answer, message 2.
   *
   * @throws CryptoError `handshake`, ClientError `session-failed` for an answer to nothing, as rejections
   */
  async receive(message: Uint8Array): Promise<FreshSecrets> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) throw sessionFailed();
    const { clientTraffic, gatewayTraffic, exporter, serverTimeMs } = await waiting.awaiting.receive(message);
    this.#fresh = { exporter, pinned: waiting.pinned };
    if (this.#over.signal.aborted) this.dispose();
    return { clientTraffic, gatewayTraffic, serverTimeMs };
  }

  /** Both directions have switched: gives the bundle behind the keys that are in force now. */
  switched(): PinnedBundle {
    const fresh = this.#fresh;
    if (fresh === undefined) throw sessionFailed();
    this.#fresh = undefined;
    this.#exporter.dispose();
    this.#exporter = fresh.exporter;
    this.#age.switched();
    this.#lookIn(rehandshakeTimes.dueAfterMs);
    return fresh.pinned;
  }

  /** Lets go of all secrets; what is under way comes to nothing. */
  dispose(): void {
    this.#over.abort();
    this.#stopTimer?.();
    this.#exporter.dispose();
    this.#waiting?.awaiting.dispose();
    this.#fresh?.exporter.dispose();
  }

  #lookIn(delayMs: number): void {
    this.#stopTimer?.();
    this.#stopTimer = this.#settings.clock.after(delayMs, () => void this.#look());
  }

  /** Once it is due, every minute: a device that slept wakes up late, and a bundle may be had only later. */
  async #look(): Promise<void> {
    const { fail } = this.#settings;
    if (this.#age.isTooOld) {
      fail(sessionFailed());
      return;
    }
    this.#lookIn(rehandshakeTimes.spacingMs);
    if (!this.#age.isDue) return;
    try {
      await this.#begin();
    } catch (error) {
      fail(error);
    }
  }

  async #begin(): Promise<void> {
    const { primitives, bundles, origin, path, suite, send } = this.#settings;
    const { signal } = this.#over;
    // None to be had is no reason to end a session that has an hour left.
    const pinned = await bundles.get(signal).catch(() => undefined);
    if (pinned === undefined || signal.aborted || !this.#age.begin()) return;
    const within = { exporter: this.#exporter, suite };
    const { bundle } = pinned;
    const { message, awaiting } = await startHandshake({ primitives, bundle, origin, path, within });
    if (signal.aborted) {
      awaiting.dispose();
      return;
    }
    this.#waiting = { awaiting, pinned };
    send(message);
  }
}
