import { Segment } from "../channels/segment.ts";

/** A frame for one connection alone, a segment it shares with the other members of a channel, or what it was not sent. */
export type Queued = Uint8Array | Segment | Gap;

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

/** How much a queue holds; segments are counted in full for everybody they wait for. */
export function amountOf(queue: readonly Queued[]): Amount {
  let bytes = 0;
  let frames = 0;
  for (const queued of queue) {
    bytes += isGap(queued) ? gapBytes : queued.byteLength;
    frames += queued instanceof Segment ? queued.frames : 1;
  }
  return { bytes, frames };
}

/** Whether it is a gap. */
export function isGap(queued: Queued): queued is Gap {
  return !(queued instanceof Uint8Array || queued instanceof Segment);
}

/**
 * Leaves out what its channels allow and keeps the rest in order: all but the newest message of a `keep-latest` channel,
 * and of `drop-oldest` channels the oldest segments until `excess` is gone. Where messages are left out that their
 * channel announces, a gap stands for them.
 */
export function leaveOut(queue: readonly Queued[], excess: Amount): readonly Queued[] {
  const newest = newestSegments(queue);
  const kept = new KeptQueue();
  let { bytes, frames } = excess;
  for (const queued of queue) {
    const droppable = queued instanceof Segment ? queued.droppable : undefined;
    if (droppable === undefined || !(queued instanceof Segment)) {
      kept.keep(queued);
    } else if (droppable.delivery === "keep-latest") {
      kept.keepLatest(queued, newest.get(droppable.channel) === queued);
    } else if (bytes > 0 || frames > 0) {
      bytes -= queued.byteLength;
      frames -= queued.frames;
      kept.drop(queued, queued.range);
    } else {
      kept.keep(queued);
    }
  }
  return kept.queue;
}

/** What the notice that announces a gap takes, about. */
const gapBytes = 80;

/** The last segment of each channel. */
function newestSegments(queue: readonly Queued[]): ReadonlyMap<number, Segment> {
  const newest = new Map<number, Segment>();
  for (const queued of queue) {
    if (queued instanceof Segment && queued.droppable !== undefined) newest.set(queued.droppable.channel, queued);
  }
  return newest;
}

/** A queue that is built anew, with adjoining gaps of a channel made one. */
class KeptQueue {
  readonly queue: Queued[] = [];
  /** Where the last gap of each channel stands, as long as nothing of that channel stands behind it. */
  readonly #gaps = new Map<number, number>();

  keep(queued: Queued): void {
    if (isGap(queued)) {
      this.#addGap(queued);
      return;
    }
    this.queue.push(queued);
    if (queued instanceof Segment && queued.droppable !== undefined) this.#gaps.delete(queued.droppable.channel);
    // It may say that a channel goes on elsewhere: no gap reaches over it.
    else this.#gaps.clear();
  }

  keepLatest(segment: Segment, isNewest: boolean): void {
    const { from, to } = segment.range;
    if (!isNewest) this.drop(segment, segment.range);
    else {
      if (from < to) this.drop(segment, { from, to: to - 1 });
      this.keep(segment.latest);
    }
  }

  drop({ droppable }: Segment, range: Omit<Gap, "channel">): void {
    if (droppable?.announced === true) this.#addGap({ channel: droppable.channel, ...range });
  }

  #addGap(gap: Gap): void {
    const at = this.#gaps.get(gap.channel) ?? -1;
    const before = this.queue[at];
    if (before !== undefined && isGap(before) && before.to + 1 === gap.from) {
      this.queue[at] = { ...before, to: gap.to };
      return;
    }
    this.#gaps.set(gap.channel, this.queue.length);
    this.queue.push(gap);
  }
}
