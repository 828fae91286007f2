import { lowered } from "../lowered-limits.ts";
import { parseHeader } from "../session-records/record-header.ts";
import { sessionFailed } from "../session-records/record-opener.ts";

/** What a gateway bears with until it has sent AUTH_OK. All can be set lower, never higher (HS-2). */
export interface AuthLimits {
  /** Until AUTH is there, from message 2. */
  readonly deadlineMs: number;
  /** Records of AUTH. */
  readonly maxAuthRecords: number;
  /** Records that wait behind AUTH. */
  readonly maxHeldRecords: number;
  /** Bytes of those, headers and tags included. */
  readonly maxHeldBytes: number;
}

/** The defaults of {@link AuthLimits}, which are also the highest. */
export const authLimits: AuthLimits = Object.freeze({
  deadlineMs: 5_000,
  maxAuthRecords: 8,
  maxHeldRecords: 8,
  maxHeldBytes: 16_384,
});

/**
 * Stands before the opener of records between message 2 and AUTH_OK: only AUTH is let through, and what a client sends
 * behind it waits as it came, undecrypted (HS-2.1, HS-2.2). Whoever is not authenticated so makes no work but that of AUTH.
 */
export class AwaitingAuth {
  readonly #limits: AuthLimits;
  readonly #now: () => number;
  readonly #startedAtMs: number;
  #authRecords = 0;
  #isWhole = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /**
   * @param now milliseconds that never go back, from an arbitrary start
   * @throws CryptoError `invalid-limit`
   */
  constructor(now: () => number, limits: Partial<AuthLimits> = {}) {
    this.#now = now;
    this.#startedAtMs = now();
    this.#limits = lowered(authLimits, limits);
  }

  /**
   * What to do with the client's next record: `open` it, since it is of AUTH, or nothing, since it is `held` here. A held
   * record is kept by reference.
   *
   * @throws CryptoError `session` for a record before AUTH that is none of it, and for too many or too much: close with 4470
   */
  receive(record: Uint8Array): "open" | "held" {
    if (this.#isWhole) {
      this.#hold(record);
      return "held";
    }
    const header = parseHeader(record);
    this.#authRecords += 1;
    if (header?.type !== "auth" || this.#authRecords > this.#limits.maxAuthRecords) throw sessionFailed();
    this.#isWhole = header.ends;
    return "open";
  }

  /** Whether AUTH is late: close with 4408. */
  get isLate(): boolean {
    return !this.#isWhole && this.#now() - this.#startedAtMs >= this.#limits.deadlineMs;
  }

  /** After AUTH_OK: the records that waited, in order, to be opened now. When AUTH is refused they are just let go. */
  release(): readonly Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  #hold(record: Uint8Array): void {
    this.#heldBytes += record.length;
    if (this.#held.length >= this.#limits.maxHeldRecords || this.#heldBytes > this.#limits.maxHeldBytes) {
      throw sessionFailed();
    }
    this.#held.push(record);
  }
}
