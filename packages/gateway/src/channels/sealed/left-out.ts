import type { ChannelLedger } from "./channel-ledger.ts";
import { LedgerEntry } from "./ledger-entry.ts";
import type { SealedSegment } from "./sealed-segment.ts";
import type { StepKey } from "./step-key.ts";

/** Records of one epoch that follow each other. */
export interface Span {
  /** E of the step of the last one. */
  readonly key: StepKey;
  readonly from: number;
  /** The last one that is left out. */
  readonly to: number;
}

/** Records of a channel that a member does not get, on purpose; stands where the first of them stood (RK-5.2). */
export class LeftOut extends LedgerEntry {
  readonly channel: number;
  /** Offsets of the messages in them, which the member is told; undefined where nothing is said of messages. */
  readonly offsets: { readonly from: number; readonly to: number } | undefined;
  /** One for each epoch, in order. */
  readonly spans: readonly Span[];

  /** A record that a member is too slow for; it is told of the messages in it where its channel announces them. */
  static forSlow({ channel, droppable, range, key, seq }: SealedSegment): LeftOut {
    const offsets = droppable?.announced === true ? range : undefined;
    return new LeftOut(channel, offsets, [{ key, from: seq, to: seq }]);
  }

  /** A record that is not meant for a member: it has joined since, and knows what is in it. */
  static forNewcomer({ channel, key, seq }: SealedSegment): LeftOut {
    return new LeftOut(channel, undefined, [{ key, from: seq, to: seq }]);
  }

  private constructor(channel: number, offsets: LeftOut["offsets"], spans: readonly Span[]) {
    super();
    this.channel = channel;
    this.offsets = offsets;
    this.spans = spans;
  }

  get byteLength(): number {
    return this.spans.length * skipBytes;
  }

  get frames(): number {
    return this.spans.length;
  }

  /** This one with those right behind it; undefined where something of the channel is between them. */
  with(next: LeftOut): LeftOut | undefined {
    const offsets = joinOffsets(this.offsets, next.offsets);
    const spans = joinSpans(this.spans, next.spans);
    if (offsets === "apart" || spans === undefined) return undefined;
    return new LeftOut(this.channel, offsets, spans);
  }

  writeTo(ledger: ChannelLedger): void {
    ledger.writeSkips(this);
  }

  override hold(): void {
    for (const { key } of this.spans) key.hold();
  }

  override release(): void {
    for (const { key } of this.spans) key.release();
  }
}

/** A CHANNEL_KEY and a SKIP with what is around them in their session records, about. */
const skipBytes = 256;

function joinOffsets(before: LeftOut["offsets"], next: LeftOut["offsets"]): LeftOut["offsets"] | "apart" {
  if (before === undefined && next === undefined) return undefined;
  if (before === undefined || next === undefined || before.to + 1 !== next.from) return "apart";
  return { from: before.from, to: next.to };
}

function joinSpans(before: readonly Span[], next: readonly Span[]): readonly Span[] | undefined {
  const last = before.at(-1);
  const [first, ...rest] = next;
  if (last === undefined || first === undefined) return undefined;
  if (last.key.epoch === first.key.epoch) {
    if (last.to + 1 !== first.from) return undefined;
    return [...before.slice(0, -1), { ...first, from: last.from }, ...rest];
  }
  return first.from === 0 && first.key.epoch.previousSeq === last.to + 1 ? [...before, ...next] : undefined;
}
