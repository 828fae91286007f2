import type { Bytes } from "@wardwire/crypto/bytes";
import type { Droppable } from "../segment.ts";
import type { ChannelLedger } from "./channel-ledger.ts";
import { LedgerEntry } from "./ledger-entry.ts";
import type { StepKey } from "./step-key.ts";

/** What a sealed segment is made from. */
export interface SealedSegmentOptions {
  readonly channel: number;
  /** Whose messages it holds; undefined when it may not be left out. */
  readonly droppable: Droppable | undefined;
  /** The frames of it, which {@link SealedSegment.range} counts where they are messages. */
  readonly frames: number;
  readonly range: { readonly from: number; readonly to: number };
  readonly record: Bytes;
  readonly key: StepKey;
  readonly seq: number;
}

/** A channel record, shared by reference by every member's outbox. It is left out whole or not at all. */
export class SealedSegment extends LedgerEntry {
  readonly channel: number;
  readonly droppable: Droppable | undefined;
  readonly frames: number;
  /** Offsets of its first and its last message, all of one stream; 0 when it holds none. */
  readonly range: { readonly from: number; readonly to: number };
  /** The same object for every member. */
  readonly record: Bytes;
  /** E of the step under which it has been sealed. */
  readonly key: StepKey;
  readonly seq: number;

  constructor({ channel, droppable, frames, range, record, key, seq }: SealedSegmentOptions) {
    super();
    this.channel = channel;
    this.droppable = droppable;
    this.frames = frames;
    this.range = range;
    this.record = record;
    this.key = key;
    this.seq = seq;
  }

  get byteLength(): number {
    return this.record.byteLength;
  }

  writeTo(ledger: ChannelLedger): void {
    ledger.writeRecord(this);
  }

  override hold(): void {
    this.key.hold();
  }

  override release(): void {
    this.key.release();
  }
}
