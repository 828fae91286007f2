import { cborCodec } from "@wardwire/wire/cbor";
import type { Encoding, GatewayFrame } from "@wardwire/wire/frames";
import { clientDecodeLimits, maxBatchBytes, maxBatchFrames } from "@wardwire/wire/limits";
import { Segment } from "../channels/segment.ts";
import { RequestError } from "../dispatch/request-error.ts";
import type { HostSocket } from "../host/socket-host.ts";
import type { Holder, OutboundTotal } from "../limits/outbound-total.ts";
import { type Amount, amountOf, leaveOut, type Queued } from "./backlog.ts";
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
 * (WP-BATCH-1); only what exceeds `maxBatchBytes` or `maxBatchFrames` is split (WP-BATCH-2). What a socket is too slow
 * for is held in order, within `maxOutboundBytes` and `maxOutboundMessages`; beyond them messages are left out of the
 * channels that allow it (WP-SLOW-1), and when that is not enough the client is too slow (WP-LIMIT-3).
 */
export class Outbox implements Flushable, Holder {
  readonly #socket: HostSocket;
  readonly #encoding: Encoding;
  readonly #turn: Turn;
  readonly #max: Amount;
  readonly #total: OutboundTotal;
  readonly #actions: OutboxActions;
  /** Queued in this turn. */
  #queue: Queued[] = [];
  /** Of the frames queued in this turn that are for this connection alone; segments cost no memory of its own. */
  #ownBytes = 0;
  /** Of earlier turns, for which the socket was too slow. */
  #held: Queued[] = [];
  #heldAmount: Amount = nothing;
  #isWaitingForTurn = false;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;

  constructor(socket: HostSocket, encoding: Encoding, shared: OutboxShared, actions: OutboxActions) {
    this.#socket = socket;
    this.#encoding = encoding;
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

  /** Queues a segment; frames added to it later in this turn go with it. */
  append(segment: Segment): void {
    this.#add(segment);
  }

  /** Writes what is queued now, or holds it. Never throws: others of the same turn are still to be written. */
  flush(): void {
    this.#isWaitingForTurn = false;
    const queue = this.#queue;
    if (queue.length === 0) return;
    this.#ownBytes = 0;
    if (this.#held.length > 0) this.#hold(queue);
    else this.#write(queue);
    // Emptied and not replaced: a lone segment is sent without allocating anything for each member.
    queue.length = 0;
    this.#look();
  }

  /** Forgets what waits and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#held = [];
    this.#heldAmount = nothing;
    this.#total.forget(this);
  }

  /** The socket has written all it was given. */
  drained(): void {
    const held = this.#held;
    if (held.length === 0) {
      this.#count();
      return;
    }
    this.#held = [];
    this.#heldAmount = nothing;
    this.#write(leaveOut(held, nothing));
    this.#look();
  }

  /** Bytes that wait for this connection, and what its socket has not written. */
  get heldBytes(): number {
    return this.#ownBytes + this.#heldAmount.bytes + this.#socket.bufferedBytes;
  }

  /** All connections together hold too much, and this one the most. */
  tooMuch(): void {
    this.#actions.overflow();
  }

  /** Gives the socket messages until it has enough; holds the rest. */
  #write(queue: readonly Queued[]): void {
    let written = 0;
    try {
      while (written < queue.length && this.#socket.bufferedBytes <= highWaterBytes) {
        written += this.#writeBatch(queue, written);
      }
    } catch (error) {
      this.#failure = { error };
      return;
    }
    if (written < queue.length) this.#hold(queue.slice(written));
  }

  /** Writes as much from `first` on as one message may hold; gives how many of the queue that were. */
  #writeBatch(queue: readonly Queued[], first: number): number {
    const encoding = this.#encoding;
    const kind = encoding === "json" ? "text" : "binary";
    const lone = queue[first];
    if (lone instanceof Segment && queue.length === first + 1) {
      this.#socket.send(lone.message(encoding), kind);
      return 1;
    }
    const parts = takeBatch(queue, first, encoding);
    this.#socket.send(concat(parts, encoding), kind);
    return parts.length;
  }

  /** Holds what the socket is too slow for; ephemeral messages are the first to go. */
  #hold(queue: readonly Queued[]): void {
    const lasting = queue.filter((queued) => !(queued instanceof Segment && queued.droppable?.delivery === "drop"));
    // Nothing may be added to a segment in a later turn, when its members are not looked at again.
    for (const queued of lasting) if (queued instanceof Segment) queued.close();
    const { bytes, frames } = amountOf(lasting);
    this.#held.push(...lasting);
    this.#heldAmount = { bytes: this.#heldAmount.bytes + bytes, frames: this.#heldAmount.frames + frames };
  }

  /** Keeps what waits within its bounds; half of it goes, so that this is not done for every message. */
  #look(): void {
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      this.#actions.failed(error);
      return;
    }
    if (this.#isTooMuch && this.#held.length > 0) {
      const { bytes, frames } = this.#heldAmount;
      const room = Math.max(0, this.#max.bytes - this.#socket.bufferedBytes);
      this.#held = [...leaveOut(this.#held, { bytes: bytes - room / 2, frames: frames - this.#max.frames / 2 })];
      this.#heldAmount = amountOf(this.#held);
    }
    if (this.#isTooMuch) this.#actions.overflow();
    else this.#count();
  }

  get #isTooMuch(): boolean {
    const { bytes, frames } = this.#heldAmount;
    return this.#socket.bufferedBytes + bytes > this.#max.bytes || frames > this.#max.frames;
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
    const part = bytesOf(queued, encoding);
    bytes += part.byteLength;
    frames += queued instanceof Segment ? queued.frames : 1;
    if (parts.length > 0 && (bytes > maxBatchBytes || frames > maxBatchFrames)) break;
    parts.push(part);
  }
  return parts;
}

function bytesOf(queued: Queued, encoding: Encoding): Uint8Array {
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
