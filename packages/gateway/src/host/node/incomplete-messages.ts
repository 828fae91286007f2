import type { HostLimits } from "../socket-host.ts";
import { FrameBoundaries, type FrameFault } from "./frame-boundaries.ts";

/** What becomes of a client that does not end its messages. */
export interface IncompleteActions {
  /** `messageTimeoutMs` is over. */
  tooSlow(): void;
  /** All clients together hold more than `maxIncompleteBytesTotal`, and this one adds to it. */
  tooMuch(): void;
  /** A frame is not as it has to be. */
  faulty(fault: FrameFault): void;
}

/** The memory that messages without an end take, over all sockets of a host (R27). */
export class IncompleteMessages {
  readonly #limits: Pick<HostLimits, "messageTimeoutMs" | "maxIncompleteBytesTotal" | "maxFragments">;
  #bytes = 0;

  constructor(limits: Pick<HostLimits, "messageTimeoutMs" | "maxIncompleteBytesTotal" | "maxFragments">) {
    this.#limits = limits;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Watches one socket. */
  watch(actions: IncompleteActions): IncompleteMessage {
    return new IncompleteMessage(this.#limits, actions, (change) => {
      this.#bytes += change;
      if (change > 0 && this.#bytes > this.#limits.maxIncompleteBytesTotal) actions.tooMuch();
    });
  }
}

/** The message under way on one socket. */
export class IncompleteMessage {
  readonly #boundaries: FrameBoundaries;
  readonly #timeoutMs: number;
  readonly #actions: IncompleteActions;
  readonly #account: (change: number) => void;
  #counted = 0;
  #deadline: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    limits: Pick<HostLimits, "messageTimeoutMs" | "maxFragments">,
    actions: IncompleteActions,
    account: (change: number) => void,
  ) {
    this.#boundaries = new FrameBoundaries(limits.maxFragments);
    this.#timeoutMs = limits.messageTimeoutMs;
    this.#actions = actions;
    this.#account = account;
  }

  /** Bytes came; call it with all of them, in order. */
  read(chunk: Uint8Array): void {
    if (this.#closed) return;
    const { ended, fault } = this.#boundaries.read(chunk);
    if (fault !== undefined) {
      this.close();
      this.#actions.faulty(fault);
      return;
    }
    const { isWithin } = this.#boundaries;
    if (ended || !isWithin) this.#stopTimer();
    if (isWithin) this.#startTimer();
    this.#count(this.#boundaries.incompleteBytes);
  }

  /** Reading stops or goes on, by our doing: the time between is not the client's. */
  pause(): void {
    this.#stopTimer();
  }

  resume(): void {
    if (!this.#closed && this.#boundaries.isWithin) this.#startTimer();
  }

  /** The socket has closed. */
  close(): void {
    this.#closed = true;
    this.#stopTimer();
    this.#count(0);
  }

  #count(bytes: number): void {
    const change = bytes - this.#counted;
    this.#counted = bytes;
    if (change !== 0) this.#account(change);
  }

  #startTimer(): void {
    this.#deadline ??= setTimeout(() => this.#actions.tooSlow(), this.#timeoutMs).unref();
  }

  #stopTimer(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }
}
