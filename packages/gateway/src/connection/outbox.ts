import { cborCodec } from "@wardwire/wire/cbor";
import type { Encoding, GatewayFrame } from "@wardwire/wire/frames";
import { clientDecodeLimits, maxBatchBytes, maxBatchFrames } from "@wardwire/wire/limits";
import type { Segment } from "../channels/segment.ts";
import { RequestError } from "../dispatch/request-error.ts";
import type { HostSocket } from "../host/socket-host.ts";
import type { Holder, OutboundTotal } from "../limits/outbound-total.ts";
import type { Flushable, Turn } from "./turn.ts";

/** What an outbox reports. */
export interface OutboxActions {
  /** More than `maxBytes` wait: the client reads too slowly for what it asks. */
  overflow(): void;
  /** What was queued could not be written, and is lost. */
  failed(error: unknown): void;
}

/** What all outboxes of a gateway share. */
export interface OutboxShared {
  readonly turn: Turn;
  readonly limits: { readonly maxOutboundBytes: number };
  readonly outboundTotal: OutboundTotal;
}

/** A frame for this connection alone, or a segment it shares with the other members of a channel. */
type Queued = Uint8Array | Segment;

/**
 * What waits for one socket. All that is queued in a turn leaves as one WebSocket message, in the order it was queued
 * (WP-BATCH-1); only what exceeds `maxBatchBytes` or `maxBatchFrames` is split (WP-BATCH-2).
 */
export class Outbox implements Flushable, Holder {
  readonly #socket: HostSocket;
  readonly #encoding: Encoding;
  readonly #turn: Turn;
  readonly #maxBytes: number;
  readonly #total: OutboundTotal;
  readonly #actions: OutboxActions;
  #queue: Queued[] = [];
  /** Of the queued frames that are for this connection alone; segments are shared and cost no memory of its own. */
  #ownBytes = 0;
  #closed = false;

  constructor(socket: HostSocket, encoding: Encoding, shared: OutboxShared, actions: OutboxActions) {
    this.#socket = socket;
    this.#encoding = encoding;
    this.#turn = shared.turn;
    this.#maxBytes = shared.limits.maxOutboundBytes;
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
    if (this.#ownBytes > this.#maxBytes) this.#actions.overflow();
    else this.#count();
  }

  /** Queues a segment; frames added to it later in this turn go with it. */
  append(segment: Segment): void {
    this.#add(segment);
  }

  /** Writes what is queued now. Never throws: others of the same turn are still to be written. */
  flush(): void {
    const queue = this.#queue;
    if (queue.length === 0) return;
    this.#queue = [];
    this.#ownBytes = 0;
    try {
      for (const message of gather(queue, this.#encoding)) {
        this.#socket.send(message, this.#encoding === "json" ? "text" : "binary");
      }
    } catch (error) {
      this.#actions.failed(error);
    }
    if (this.#socket.bufferedBytes > this.#maxBytes) this.#actions.overflow();
    else this.#count();
  }

  /** Forgets what is queued and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#total.forget(this);
  }

  /** The socket has written all it was given. */
  drained(): void {
    this.#count();
  }

  /** Bytes that wait for this connection alone, and what its socket has not written. */
  get heldBytes(): number {
    return this.#ownBytes + this.#socket.bufferedBytes;
  }

  /** All connections together hold too much, and this one the most. */
  tooMuch(): void {
    this.#actions.overflow();
  }

  #count(): void {
    if (!this.#closed) this.#total.update(this);
  }

  #add(queued: Queued): void {
    if (this.#closed) return;
    if (this.#queue.length === 0) this.#turn.add(this);
    this.#queue.push(queued);
  }
}

function encode(frame: GatewayFrame, encoding: Encoding): Uint8Array {
  if (encoding === "json") return Buffer.from(`${JSON.stringify(frame)}\n`);
  return cborCodec.encode(frame) as Uint8Array;
}

/** The queue as few messages as the batch limits allow. A lone segment is sent as it is: the same bytes to all. */
function gather(queue: readonly Queued[], encoding: Encoding): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let batch: Uint8Array[] = [];
  let bytes = 0;
  let frames = 0;
  for (const queued of queue) {
    const part = queued instanceof Uint8Array ? queued : queued.bytes(encoding);
    const partFrames = queued instanceof Uint8Array ? 1 : queued.frames;
    if (batch.length > 0 && (bytes + part.byteLength > maxBatchBytes || frames + partFrames > maxBatchFrames)) {
      messages.push(concat(batch, bytes, encoding));
      batch = [];
      bytes = 0;
      frames = 0;
    }
    batch.push(part);
    bytes += part.byteLength;
    frames += partFrames;
  }
  messages.push(concat(batch, bytes, encoding));
  return messages;
}

/** JSON frames are separated by newlines, so the last one's is left off. */
function concat(parts: readonly Uint8Array[], bytes: number, encoding: Encoding): Uint8Array {
  const [only] = parts;
  const whole = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, bytes);
  return encoding === "json" ? whole.subarray(0, -1) : whole;
}
