import { cborCodec } from "@wardwire/wire/cbor";
import type { Encoding, GatewayFrame } from "@wardwire/wire/frames";
import { clientDecodeLimits, maxBatchBytes, maxBatchFrames } from "@wardwire/wire/limits";
import type { ChannelLedger } from "../channels/sealed/channel-ledger.ts";
import { ChannelLeft, LedgerEntry, PositionsDue } from "../channels/sealed/ledger-entry.ts";
import type { LeftOut } from "../channels/sealed/left-out.ts";
import type { SealedSegment } from "../channels/sealed/sealed-segment.ts";
import { Segment } from "../channels/segment.ts";
import { RequestError } from "../dispatch/request-error.ts";
import type { Holder, OutboundTotal } from "../limits/outbound-total.ts";
import { type Amount, Backlog, type Gap, type Queued } from "./backlog.ts";
import type { Outlet } from "./outlet.ts";
import type { Flushable, Turn } from "./turn.ts";

/** What an outbox reports. */
export interface OutboxActions {
  /** More waits than may: the client reads too slowly for what it asks. */
  overflow(): void;
  /** What was queued could not be written, and is lost. */
  failed(error: unknown): void;
}

/** What all outboxes of a gateway share. */
export interface OutboxShared {
  readonly turn: Turn;
  readonly limits: { readonly maxOutboundBytes: number; readonly maxOutboundMessages: number };
  readonly outboundTotal: OutboundTotal;
}

/** While its socket holds more than this, nothing more is written to it: what waits here can still be left out. */
const highWaterBytes = maxBatchBytes;

const nothing: Amount = { bytes: 0, frames: 0 };

/**
 * What waits for one socket. All that is queued in a turn leaves as one WebSocket message, in the order it was queued
 * (WP-BATCH-1), but that on a sealed connection channel records stand between the frames (RK-5.2); only what exceeds
 * `maxBatchBytes` or `maxBatchFrames` is split (WP-BATCH-2). What a socket is too slow for is held in order, within
 * `maxOutboundBytes` and `maxOutboundMessages`; beyond them messages are left out of the channels that allow it
 * (WP-SLOW-1), and when that is not enough the client is too slow (WP-LIMIT-3).
 */
export class Outbox implements Flushable, Holder {
  readonly #outlet: Outlet;
  readonly #encoding: Encoding;
  readonly #ledger: ChannelLedger | undefined;
  readonly #turn: Turn;
  readonly #max: Amount;
  readonly #total: OutboundTotal;
  readonly #actions: OutboxActions;
  /** Queued in this turn. */
  #queue: Queued[] = [];
  /** Of the frames queued in this turn that are for this connection alone; segments cost no memory of its own. */
  #ownBytes = 0;
  /** Of earlier turns, for which the socket was too slow. */
  #held = new Backlog();
  #isWaitingForTurn = false;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;

  /** @param ledger of a sealed connection; on others nothing of a sealed channel is written */
  constructor(
    outlet: Outlet,
    encoding: Encoding,
    shared: OutboxShared,
    actions: OutboxActions,
    ledger?: ChannelLedger | undefined,
  ) {
    this.#outlet = outlet;
    this.#encoding = encoding;
    this.#ledger = ledger;
    this.#turn = shared.turn;
    this.#max = { bytes: shared.limits.maxOutboundBytes, frames: shared.limits.maxOutboundMessages };
    this.#total = shared.outboundTotal;
    this.#actions = actions;
  }

  /**
   * Queues a frame for this connection alone.
   *
   * @throws RequestError `too-large` for one that clients would close the connection over (WP-LIMIT-1).
   */
  push(frame: GatewayFrame): void {
    if (this.#closed) return;
    const bytes = encode(frame, this.#encoding);
    if (bytes.byteLength > clientDecodeLimits.maxMessageBytes) {
      throw new RequestError(
        "too-large",
        `${frame.type}: more than the ${clientDecodeLimits.maxMessageBytes} bytes a client takes`,
      );
    }
    this.#add(bytes);
    this.#ownBytes += bytes.byteLength;
    if (this.#ownBytes > this.#max.bytes) this.#actions.overflow();
    else this.#count();
  }

  /** Queues a segment; frames added to it later in this turn go with it. Or queues what stands for one that is left out. */
  append(segment: Segment | SealedSegment | LeftOut): void {
    this.#add(segment);
  }

  /** Queues a HEARTBEAT of a sealed connection, which tells what has been written in front of it (RK-5.1). */
  beat(): void {
    this.#add(new PositionsDue());
  }

  /** Notes, in the order of the queue, that a sealed channel has been left. */
  forget(channel: number): void {
    this.#add(new ChannelLeft(channel));
  }

  /** Writes what is queued now, or holds it. Never throws: others of the same turn are still to be written. */
  flush(): void {
    this.#isWaitingForTurn = false;
    const queue = this.#queue;
    if (queue.length === 0) return;
    this.#ownBytes = 0;
    if (this.#held.queue.length > 0) this.#held.add(queue);
    else this.#write(queue);
    // Emptied and not replaced: a lone segment is sent without allocating anything for each member.
    queue.length = 0;
    this.#look();
  }

  /** Forgets what waits and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#held.release();
    this.#held = new Backlog();
    this.#total.forget(this);
  }

  /** The socket has written all it was given. */
  drained(): void {
    const held = this.#held;
    if (held.queue.length === 0) {
      this.#count();
      return;
    }
    const wanted = held.without(nothing);
    this.#held = new Backlog();
    this.#write(wanted.queue);
    // What is held on is held anew by then.
    for (const done of [held, wanted]) done.release();
    this.#look();
  }

  /** Bytes that wait for this connection, and what its socket has not written. */
  get heldBytes(): number {
    return this.#ownBytes + this.#held.amount.bytes + this.#outlet.bufferedBytes;
  }

  /** All connections together hold too much, and this one the most. */
  tooMuch(): void {
    this.#actions.overflow();
  }

  /** Gives the socket messages until it has enough; holds the rest. */
  #write(queue: readonly Queued[]): void {
    let written = 0;
    try {
      while (written < queue.length && this.#outlet.bufferedBytes <= highWaterBytes) {
        written += this.#writeBatch(queue, written);
      }
    } catch (error) {
      this.#failure = { error };
      return;
    }
    if (written < queue.length && !this.#closed) this.#held.add(queue.slice(written));
  }

  /** Writes as much from `first` on as one message may hold; gives how many of the queue that were. */
  #writeBatch(queue: readonly Queued[], first: number): number {
    const encoding = this.#encoding;
    const kind = encoding === "json" ? "text" : "binary";
    const lone = queue[first];
    if (lone instanceof LedgerEntry) {
      this.#writeEntry(lone);
      return 1;
    }
    if (lone instanceof Segment && queue.length === first + 1) {
      this.#outlet.send(lone.message(encoding), kind);
      return 1;
    }
    const parts = takeBatch(queue, first, encoding);
    this.#outlet.send(concat(parts, encoding), kind);
    return parts.length;
  }

  #writeEntry(entry: LedgerEntry): void {
    if (this.#ledger === undefined)
      throw new Error("a sealed channel's record came to a connection that is not sealed");
    entry.writeTo(this.#ledger);
  }

  /** Keeps what waits within its bounds; half of it goes, so that this is not done for every message. */
  #look(): void {
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      this.#actions.failed(error);
      return;
    }
    if (this.#isTooMuch && this.#held.queue.length > 0) {
      const held = this.#held;
      const { bytes, frames } = held.amount;
      const room = Math.max(0, this.#max.bytes - this.#outlet.bufferedBytes);
      this.#held = held.without({ bytes: bytes - room / 2, frames: frames - this.#max.frames / 2 });
      held.release();
    }
    if (this.#isTooMuch) this.#actions.overflow();
    else this.#count();
  }

  get #isTooMuch(): boolean {
    const { bytes, frames } = this.#held.amount;
    return this.#outlet.bufferedBytes + bytes > this.#max.bytes || frames > this.#max.frames;
  }

  #count(): void {
    if (!this.#closed) this.#total.update(this);
  }

  #add(queued: Queued): void {
    if (this.#closed) return;
    if (!this.#isWaitingForTurn) this.#turn.add(this);
    this.#isWaitingForTurn = true;
    this.#queue.push(queued);
  }
}

function encode(frame: GatewayFrame, encoding: Encoding): Uint8Array {
  if (encoding === "json") return Buffer.from(`${JSON.stringify(frame)}\n`);
  return cborCodec.encode(frame) as Uint8Array;
}

/** As much of the queue from `first` on as one message may hold (WP-BATCH-2). */
function takeBatch(queue: readonly Queued[], first: number, encoding: Encoding): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let frames = 0;
  for (let index = first; index < queue.length; index += 1) {
    const queued = queue[index] as Queued;
    if (queued instanceof LedgerEntry) break;
    const part = bytesOf(queued, encoding);
    bytes += part.byteLength;
    frames += queued instanceof Segment ? queued.frames : 1;
    if (parts.length > 0 && (bytes > maxBatchBytes || frames > maxBatchFrames)) break;
    parts.push(part);
  }
  return parts;
}

function bytesOf(queued: Uint8Array | Segment | Gap, encoding: Encoding): Uint8Array {
  if (queued instanceof Segment) return queued.bytes(encoding);
  if (queued instanceof Uint8Array) return queued;
  return encode({ type: "notice", code: "messages-dropped", ...queued }, encoding);
}

/** JSON frames are separated by newlines, so the last one's is left off. */
function concat(parts: readonly Uint8Array[], encoding: Encoding): Uint8Array {
  const [only] = parts;
  const whole = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  return encoding === "json" ? whole.subarray(0, -1) : whole;
}
