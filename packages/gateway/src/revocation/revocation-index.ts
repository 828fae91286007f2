import { isIssuedBefore, type RevocationSubject, type RevocationTarget, subjectKeys, targetKey } from "./target.ts";

/** What stands under one key: credentials issued before `beforeMs` are revoked until `endsMs`. */
interface Entry {
  readonly beforeMs: number;
  readonly endsMs: number;
}

/**
 * The revocations in force, in memory: whether one reaches a credential takes six look-ups, however many there are. Times
 * of `now` are monotonic, so that a step of the clock forgets nothing early.
 */
export class RevocationIndex {
  readonly #now: () => number;
  /** Under one key no entry covers another, so that there is one nearly always. */
  readonly #entries = new Map<string, readonly Entry[]>();
  #sweep: Iterator<string>;

  constructor(now: () => number) {
    this.#now = now;
    this.#sweep = this.#entries.keys();
  }

  /** Keys in memory. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Puts a revocation in force.
   *
   * @param keptMs how long from now.
   * @returns false when those before say as much already.
   */
  add(target: RevocationTarget, keptMs: number): boolean {
    this.#forgetSome();
    const key = targetKey(target);
    const added = { beforeMs: target.issuedBefore ?? Number.POSITIVE_INFINITY, endsMs: this.#now() + keptMs };
    const before = this.#inForce(key);
    if (before.some((entry) => covers(entry, added))) return false;
    this.#entries.set(key, [...before.filter((entry) => !covers(added, entry)), added]);
    return true;
  }

  /** Whether a revocation in force reaches this credential. */
  isRevoked(subject: RevocationSubject): boolean {
    return subjectKeys(subject).some((key) =>
      this.#inForce(key).some(({ beforeMs }) => isIssuedBefore(subject, beforeMs)),
    );
  }

  #inForce(key: string): readonly Entry[] {
    const entries = this.#entries.get(key);
    if (entries === undefined) return [];
    const nowMs = this.#now();
    return entries.every(({ endsMs }) => endsMs > nowMs) ? entries : entries.filter(({ endsMs }) => endsMs > nowMs);
  }

  /** Looks at a few keys each time one is added, which keeps pace with what is added. */
  #forgetSome(): void {
    for (let looked = 0; looked < keysSweptAtOnce; looked += 1) {
      const { value: key, done } = this.#sweep.next();
      if (done === true) {
        this.#sweep = this.#entries.keys();
        return;
      }
      if (this.#inForce(key).length === 0) this.#entries.delete(key);
    }
  }
}

const keysSweptAtOnce = 4;

function covers(entry: Entry, other: Entry): boolean {
  return entry.beforeMs >= other.beforeMs && entry.endsMs >= other.endsMs;
}
