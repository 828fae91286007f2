import { LedgerEntry } from "../channels/sealed/ledger-entry.ts";
import { LeftOut } from "../channels/sealed/left-out.ts";
import { SealedSegment } from "../channels/sealed/sealed-segment.ts";
import { Segment } from "../channels/segment.ts";

/**
 * A frame for one connection alone, a segment it shares with the other members of a channel, what it was not sent, or, on a
 * sealed connection, what its ledger writes.
 */
export type Queued = Uint8Array | Segment | Gap | LedgerEntry;

/** Messages of a channel that this connection is not sent; stands where the first of them stood. */
export interface Gap {
  readonly channel: number;
  /** The first and the last offset. */
  readonly from: number;
  readonly to: number;
}

/** What is held, or has to go. */
export interface Amount {
  readonly bytes: number;
  readonly frames: number;
}

/** Whether it is a gap. */
export function isGap(queued: Queued): queued is Gap {
  return !(queued instanceof Uint8Array || queued instanceof Segment || queued instanceof LedgerEntry);
}

/**
 * What waits for a socket that is behind, in order, with adjoining gaps of a channel made one. It keeps the secrets that
 * writing it needs, until it is released.
 */
export class Backlog {
  readonly #queue: Queued[] = [];
  /** Where the last gap of each channel stands, as long as nothing of that channel stands behind it. */
  readonly #gaps = new Map<number, number>();
  #bytes = 0;
  #frames = 0;

  /** What waits. */
  get queue(): readonly Queued[] {
    return this.#queue;
  }

  /** How much that is; segments are counted in full for everybody they wait for. */
  get amount(): Amount {
    return { bytes: this.#bytes, frames: this.#frames };
  }

  /** Puts more behind it, but for ephemeral messages, which are the first to go. */
  add(queue: readonly Queued[]): void {
    for (const queued of queue) {
      // Nothing may be added to a segment in a later turn, when its members are not looked at again.
      if (queued instanceof Segment) queued.close();
      if (isShared(queued) && queued.droppable?.delivery === "drop") this.#drop(queued, queued.range);
      else this.#keep(queued);
    }
  }

  /**
   * The same with what its channels allow left out: all but the newest message of a `keep-latest` channel, and of
   * `drop-oldest` channels the oldest segments until `excess` is gone. Where messages are left out that their channel
   * announces, a gap stands for them. Both are to be released.
   */
  without(excess: Amount): Backlog {
    const newest = newestSegments(this.#queue);
    const kept = new Backlog();
    let { bytes, frames } = excess;
    for (const queued of this.#queue) {
      const droppable = isShared(queued) ? queued.droppable : undefined;
      if (droppable === undefined || !isShared(queued)) {
        kept.#keep(queued);
      } else if (droppable.delivery === "keep-latest") {
        kept.#keepLatest(queued, newest.get(droppable.channel) === queued);
      } else if (bytes > 0 || frames > 0) {
        bytes -= queued.byteLength;
        frames -= queued.frames;
        kept.#drop(queued, queued.range);
      } else {
        kept.#keep(queued);
      }
    }
    return kept;
  }

  /** It waits no longer, written or not. */
  release(): void {
    for (const queued of this.#queue) if (queued instanceof LedgerEntry) queued.release();
  }

  #keep(queued: Queued): void {
    if (isGap(queued) || queued instanceof LeftOut) {
      this.#addGap(queued);
      return;
    }
    this.#push(queued);
    if (isShared(queued) && queued.droppable !== undefined) this.#gaps.delete(queued.droppable.channel);
    // It may say that a channel goes on elsewhere: no gap reaches over it.
    else this.#gaps.clear();
  }

  /** A sealed segment is kept whole: its record is the newest. */
  #keepLatest(segment: Shared, isNewest: boolean): void {
    const { from, to } = segment.range;
    if (!isNewest) this.#drop(segment, segment.range);
    else if (segment instanceof SealedSegment) this.#keep(segment);
    else {
      if (from < to) this.#drop(segment, { from, to: to - 1 });
      this.#keep(segment.latest);
    }
  }

  #drop(segment: Shared, range: Omit<Gap, "channel">): void {
    const { droppable } = segment;
    if (segment instanceof SealedSegment) this.#addGap(LeftOut.forSlow(segment));
    else if (droppable?.announced === true) this.#addGap({ channel: droppable.channel, ...range });
  }

  #addGap(gap: Gap | LeftOut): void {
    const at = this.#gaps.get(gap.channel);
    const before = at === undefined ? undefined : this.#queue[at];
    const joined = before && joinGaps(before, gap);
    if (at === undefined || before === undefined || joined === undefined) {
      this.#gaps.set(gap.channel, this.#queue.length);
      this.#push(gap);
      return;
    }
    this.#count(joined, 1);
    this.#count(before, -1);
    this.#queue[at] = joined;
  }

  #push(queued: Queued): void {
    this.#count(queued, 1);
    this.#queue.push(queued);
  }

  /** Counts what comes in, before what goes: a secret that both need stays. */
  #count(queued: Queued, sign: 1 | -1): void {
    if (queued instanceof LedgerEntry) {
      if (sign === 1) queued.hold();
      else queued.release();
    }
    this.#bytes += sign * (isGap(queued) ? gapBytes : queued.byteLength);
    this.#frames += sign * (queued instanceof Uint8Array || isGap(queued) ? 1 : queued.frames);
  }
}

/** What members share. */
type Shared = Segment | SealedSegment;

/** What the notice that announces a gap takes, about. */
const gapBytes = 80;

function isShared(queued: Queued): queued is Shared {
  return queued instanceof Segment || queued instanceof SealedSegment;
}

/** The last segment of each channel. */
function newestSegments(queue: readonly Queued[]): ReadonlyMap<number, Shared> {
  const newest = new Map<number, Shared>();
  for (const queued of queue) {
    if (isShared(queued) && queued.droppable !== undefined) newest.set(queued.droppable.channel, queued);
  }
  return newest;
}

function joinGaps(before: Queued, gap: Gap | LeftOut): Gap | LeftOut | undefined {
  if (gap instanceof LeftOut) return before instanceof LeftOut ? before.with(gap) : undefined;
  return isGap(before) && before.to + 1 === gap.from ? { ...before, to: gap.to } : undefined;
}
