import { RevocationGuard } from "@wardwire/crypto/channel-records/revocation-guard";
import type { Clock, Timer } from "../../clock.ts";
import type { Flushable } from "../../connection/turn.ts";

/** How old what is known of revocations may be when a channel seals; it is read well before that (RK-8). */
export const maxRevocationAgeMs = 5_000;
const readAfterMs = 2_000;

/** How often the event loop is watched, and how long after a failure revocations are read again. */
const beatMs = 125;
const retryMs = 1_000;

/** Bytes of frames that all channels together, and one alone, may have waiting to be sealed. */
export const maxWaitingBytes = 67_108_864;
export const maxWaitingBytesOfChannel = 1_048_576;

/** What a gate is made with. */
export interface SealingGateOptions {
  readonly clock: Clock;
  /** Reads what has been revoked, and resolves once whom it reaches is out of the channels. */
  readonly readRevocations: () => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/**
 * Decides when the sealed channels of a process may seal: not after a stall of the event loop, nor when what was read of
 * revocations is too old, until they have been read (RK-8). What a channel has gathered waits meanwhile, within bounds; an
 * engine that does not answer is asked again. Its timer runs while a sealed channel has members.
 */
export class SealingGate {
  readonly #options: SealingGateOptions;
  readonly #guard: RevocationGuard;
  readonly #waiting = new Map<Flushable, number>();
  #waitingBytes = 0;
  #channels = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #isReading = false;
  /** Not before this, after a failure. */
  #retryAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(options: SealingGateOptions) {
    this.#options = options;
    this.#guard = new RevocationGuard({ now: () => options.clock.monotonic(), maxAgeMs: maxRevocationAgeMs });
  }

  /** A channel has its first member. */
  begin(): void {
    this.#channels += 1;
    if (this.#channels === 1) this.#beat();
  }

  /** It has none any more. */
  end(channel: Flushable): void {
    this.#channels -= 1;
    this.#forget(channel);
    if (this.#channels === 0) this.#timer?.cancel();
  }

  /** Whether a channel may seal now. If not, revocations are being read. */
  get isOpen(): boolean {
    if (!this.#guard.mustRead) return true;
    this.#read();
    return false;
  }

  /**
   * Has a channel flushed once it may seal.
   *
   * @param bytes what it has waiting
   * @returns false where that is more than there is room for; it does not wait then
   */
  wait(channel: Flushable, bytes: number): boolean {
    const total = this.#waitingBytes - (this.#waiting.get(channel) ?? 0) + bytes;
    if (bytes > maxWaitingBytesOfChannel || total > maxWaitingBytes) {
      this.#forget(channel);
      return false;
    }
    this.#waiting.set(channel, bytes);
    this.#waitingBytes = total;
    return true;
  }

  #forget(channel: Flushable): void {
    this.#waitingBytes -= this.#waiting.get(channel) ?? 0;
    this.#waiting.delete(channel);
  }

  #beat(): void {
    const { clock } = this.#options;
    this.#guard.beat();
    if (clock.monotonic() - this.#readAt >= readAfterMs) this.#read();
    this.#timer = clock.after(beatMs, () => this.#beat());
  }

  #read(): void {
    const { clock, readRevocations } = this.#options;
    if (this.#isReading || clock.monotonic() < this.#retryAt) return;
    this.#isReading = true;
    // It goes round here: if it stood still, that is over, and this reading is one that begins afterwards.
    this.#guard.beat();
    const beganAt = clock.monotonic();
    readRevocations().then(
      () => this.#hasRead(beganAt),
      (error: unknown) => this.#hasFailed(error),
    );
  }

  #hasRead(beganAt: number): void {
    this.#isReading = false;
    this.#readAt = beganAt;
    this.#guard.revocationsRead(beganAt);
    if (this.#waiting.size === 0 || !this.isOpen) return;
    const waiting = [...this.#waiting.keys()];
    this.#waiting.clear();
    this.#waitingBytes = 0;
    for (const channel of waiting) channel.flush();
  }

  #hasFailed(error: unknown): void {
    const { clock, failed } = this.#options;
    // Nobody waits for it any more where the last channel has gone, perhaps with the gateway.
    if (this.#channels > 0) failed(error);
    this.#retryAt = clock.monotonic() + retryMs;
    this.#isReading = false;
  }
}
