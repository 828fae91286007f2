import { encodeChannelKey, encodePositions, encodeSkip } from "@wardwire/crypto/channel-records/channel-announcements";
import { cborCodec } from "@wardwire/wire/cbor";
import type { NoticeFrame } from "@wardwire/wire/frames";
import type { SealedOutlet } from "../../connection/outlet.ts";
import type { SealedChannelFigures } from "./figures.ts";
import type { LeftOut, Span } from "./left-out.ts";
import type { SealedSegment } from "./sealed-segment.ts";
import type { Epoch, StepKey } from "./step-key.ts";

/** What a connection has been told of one channel. */
interface Told {
  epoch: Epoch;
  /** The seq of the next record, as far as this connection goes. */
  nextSeq: number;
}

/**
 * Writes channel records to one sealed connection, and remembers what it has been told: which epoch of each channel, and
 * up to which record. So keys go out just before the first record that needs them, and records that are left out for it are
 * announced (RK-5). Everything is called in the order of the connection's queue.
 */
export class ChannelLedger {
  readonly #outlet: SealedOutlet;
  readonly #figures: SealedChannelFigures;
  /** By channel number. */
  readonly #told = new Map<number, Told>();

  constructor(outlet: SealedOutlet, figures: SealedChannelFigures) {
    this.#outlet = outlet;
    this.#figures = figures;
  }

  /** Sends a record, behind its key where the connection does not know the epoch. */
  writeRecord({ channel, record, key, seq }: SealedSegment): void {
    const told = this.#told.get(channel);
    if (told?.epoch === key.epoch) told.nextSeq = seq + 1;
    else this.#tellKey(channel, key, seq, seq + 1);
    this.#outlet.sendChannelRecord(record);
  }

  /** Announces what is left out, each epoch before the key of the next. Who has no key yet has missed nothing. */
  writeSkips({ channel, offsets, spans }: LeftOut): void {
    if (offsets !== undefined) this.#sendNotice({ type: "notice", code: "messages-dropped", channel, ...offsets });
    if (this.#told.has(channel)) for (const span of spans) this.#skip(channel, span);
  }

  /** Sends a HEARTBEAT with how far each joined channel has come whose key the connection has (RK-5.1). */
  writePositions(): void {
    const positions = [...this.#told].map(
      ([channel, { epoch, nextSeq }]) => [channel, { epochId: epoch.id, nextSeq }] as const,
    );
    this.#outlet.sendPositions(encodePositions(new Map(positions)));
  }

  /** The channel has been left; joined again it begins anew. */
  forget(channel: number): void {
    this.#told.delete(channel);
  }

  #skip(channel: number, { key, from, to }: Span): void {
    const { epoch, step, secret } = key;
    if (this.#told.get(channel)?.epoch !== epoch) this.#tellKey(channel, key, from, to + 1);
    else this.#told.set(channel, { epoch, nextSeq: to + 1 });
    this.#outlet.sendSkip(encodeSkip(channel, { epochId: epoch.id, step, fromSeq: from, toSeq: to, secret }));
    this.#figures.skips += 1;
  }

  /** @param nextSeq of the connection, once what stands behind the key has been written too */
  #tellKey(channel: number, { epoch, step, secret }: StepKey, seq: number, nextSeq: number): void {
    const { id: epochId, previousSeq } = epoch;
    this.#outlet.sendChannelKey(encodeChannelKey(channel, { epochId, step, nextSeq: seq, previousSeq, secret }));
    this.#told.set(channel, { epoch, nextSeq });
  }

  #sendNotice(notice: NoticeFrame): void {
    this.#outlet.send(cborCodec.encode(notice) as Uint8Array, "binary");
  }
}
