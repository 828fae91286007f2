import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { Bytes } from "@wardwire/crypto/bytes";
import type { ChannelLimits } from "@wardwire/crypto/channel-records/channel-limits";
import { JoinedChannels } from "@wardwire/crypto/channel-records/joined-channels";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { cborCodec } from "@wardwire/wire/cbor";
import { decodeGatewayMessage } from "@wardwire/wire/decode";
import type { GatewayFrame } from "@wardwire/wire/frames";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import type { Departure, Member } from "../../src/channels/fanout.ts";
import { ChannelLedger } from "../../src/channels/sealed/channel-ledger.ts";
import { SealedChannelFigures } from "../../src/channels/sealed/figures.ts";
import { SealedFanout } from "../../src/channels/sealed/sealed-fanout.ts";
import { SealingGate } from "../../src/channels/sealed/sealing-gate.ts";
import type { Droppable } from "../../src/channels/segment.ts";
import { Outbox } from "../../src/connection/outbox.ts";
import type { SealedOutlet } from "../../src/connection/outlet.ts";
import { Turn } from "../../src/connection/turn.ts";
import { OutboundTotal } from "../../src/limits/outbound-total.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";

/** The number of the channel. */
export const number = 7;

/** How a room of a test is made. */
export interface PaperRoomOptions {
  readonly delivery?: Droppable["delivery"];
  readonly announced?: boolean;
  readonly limits?: Partial<ChannelLimits>;
  readonly maxOutboundMessages?: number;
  readonly readRevocations?: () => Promise<void>;
}

/** The sealed fan-out of one channel, with outboxes and ledgers as they are; sockets and the other side are paper. */
export class PaperRoom {
  readonly clock = new ManualClock();
  readonly turn = new Turn();
  readonly figures = new SealedChannelFigures();
  readonly failures: unknown[] = [];
  readonly fanout: SealedFanout;
  readonly signer = nodePrimitives.ed25519.signer(SecretBytes.take(new Uint8Array(32).fill(5)));
  readonly limits;
  /** How many messages there have been. */
  offset = 0;

  constructor(options: PaperRoomOptions = {}) {
    const { delivery, announced = true, limits = {}, maxOutboundMessages = 1_000 } = options;
    const { clock, turn, figures, signer } = this;
    const failed = (error: unknown): void => void this.failures.push(error);
    const gate = new SealingGate({ clock, failed, readRevocations: options.readRevocations ?? (async () => {}) });
    const droppable = delivery && { channel: number, delivery, announced };
    const sealing = { primitives: nodePrimitives, signer, gate, figures, turn, clock, failed, limits };
    this.fanout = new SealedFanout(sealing, { number, key: "room tea", droppable });
    this.limits = { maxOutboundBytes: 4_000_000, maxOutboundMessages };
  }

  /** Somebody joins, and is told so. */
  async join(): Promise<PaperMember> {
    const member = new PaperMember(this);
    this.enter(member);
    await this.turnEnds();
    return member;
  }

  /** The same, within a turn. */
  enter(member: PaperMember): void {
    const position = { stream: "s", offset: this.offset };
    member.outbox.push({ type: "joined", id: 1, channel: number, name: "room", params: {}, position });
    this.fanout.add(member);
  }

  /** Somebody leaves, or must, and is told so. */
  leave(member: PaperMember, why: Departure = "left"): void {
    this.fanout.remove(member, why);
    member.outbox.push({ type: "left", id: 2, channel: number });
  }

  /** Publishes in this turn. */
  say(text = "x"): void {
    this.offset += 1;
    this.fanout.sendMessage(
      this.offset,
      Buffer.from(JSON.stringify({ message: `m${this.offset}`, at: 0, data: text })),
    );
  }

  /** Publishes in a turn of its own. */
  async publish(text = "x"): Promise<void> {
    this.say(text);
    await this.turnEnds();
  }

  async turnEnds(): Promise<void> {
    await setImmediate();
    await setImmediate();
  }
}

/** What was written to a member, in order. */
export type Written =
  | { readonly type: "frames"; readonly frames: readonly GatewayFrame[] }
  | { readonly type: "channelKey" | "skip" | "positions"; readonly content: Bytes }
  | { readonly type: "record"; readonly record: Uint8Array };

/** One member: its outbox, what was written, and what its client makes of it. */
export class PaperMember implements Member {
  readonly outbox: Outbox;
  readonly outlet: RecordingOutlet = new RecordingOutlet();
  /** The client's. */
  readonly channels: JoinedChannels<"sync">;
  /** What the client was given, in order: offsets of messages, and what else there was, by name. */
  readonly got: (number | string)[] = [];
  isClosed = false;
  #read = 0;

  constructor(room: PaperRoom) {
    const { turn, limits, figures, signer } = room;
    const shared = { turn, limits, outboundTotal: new OutboundTotal(100_000_000) };
    const close = (): void => {
      this.isClosed = true;
      this.outbox.close();
      room.fanout.remove(this, "left");
    };
    const actions = { overflow: close, failed: (error: unknown) => assert.fail(error as Error) };
    this.outbox = new Outbox(this.outlet, "cbor", shared, actions, new ChannelLedger(this.outlet, figures));
    const verifier = nodePrimitives.ed25519.verifier(signer.publicKey);
    this.channels = new JoinedChannels({ primitives: nodePrimitives, verifier });
  }

  get written(): readonly Written[] {
    return this.outlet.written;
  }

  /** The kinds of what was written from an index on, frames by their type. */
  kinds(from = 0): string[] {
    return this.written
      .slice(from)
      .flatMap((each) => (each.type === "frames" ? each.frames.map(({ type }) => type) : [each.type]));
  }

  get records(): readonly Uint8Array[] {
    return this.written.flatMap((each) => (each.type === "record" ? [each.record] : []));
  }

  /** The socket takes no more for now. */
  stall(): void {
    this.outlet.bufferedBytes = 300_000;
  }

  /** It has written everything. */
  drain(): void {
    this.outlet.bufferedBytes = 0;
    this.outbox.drained();
  }

  /** The client reads what has been written, all but records for which `withheld` holds; gives what it has got by now. */
  read(withheld: (record: Uint8Array) => boolean = () => false): readonly (number | string)[] {
    const news = this.written.slice(this.#read);
    this.#read = this.written.length;
    for (const each of news) if (each.type !== "record" || !withheld(each.record)) this.#take(each);
    return this.got;
  }

  #take(written: Written): void {
    switch (written.type) {
      case "frames":
        for (const frame of written.frames) this.#hear(frame);
        return;
      case "channelKey":
        this.#note(this.channels.channelKey(written.content.slice()) === undefined ? undefined : "lost");
        return;
      case "skip":
        this.#note(this.channels.skip(written.content.slice()) === undefined ? "skip" : "lost");
        return;
      case "positions":
        this.#note(this.channels.heartbeat(written.content).length === 0 ? "positions" : "lost");
        return;
      default: {
        const opened = this.channels.open(written.record);
        if (opened?.type === "content") for (const frame of framesOf(opened.content)) this.#hear(frame);
        else this.#note(opened?.type);
      }
    }
  }

  #hear(frame: GatewayFrame): void {
    if (frame.type === "joined") this.channels.join(frame.channel);
    if (frame.type === "left") this.channels.leave(frame.channel);
    if (frame.type === "message") this.#note(frame.offset);
    else if (frame.type === "notice") this.#note([frame.code, frame["from"], frame["to"]].join(" ").trim());
    else this.#note(frame.type);
  }

  #note(news: number | string | undefined): void {
    if (news !== undefined) this.got.push(news);
  }
}

/** The sealed connection of a member, whose session records are as they were before they were sealed. */
class RecordingOutlet implements SealedOutlet {
  bufferedBytes = 0;
  readonly written: Written[] = [];
  readonly transcriptHash: Bytes = new Uint8Array(32);
  readonly exporter: SecretBytes = SecretBytes.take(new Uint8Array(32).fill(1));

  send(message: Uint8Array): void {
    this.written.push({ type: "frames", frames: framesOf(message) });
  }

  sendChannelKey(content: Bytes): void {
    this.#keep("channelKey", content);
  }

  sendSkip(content: Bytes): void {
    this.#keep("skip", content);
  }

  sendPositions(content: Bytes): void {
    this.#keep("positions", content);
  }

  sendChannelRecord(record: Uint8Array): void {
    this.written.push({ type: "record", record });
  }

  #keep(type: "channelKey" | "skip" | "positions", content: Bytes): void {
    this.written.push({ type, content: content.slice() });
    content.fill(0);
  }
}

/** The frames of a CBOR sequence. */
export function framesOf(content: Uint8Array): readonly GatewayFrame[] {
  return decodeGatewayMessage(cborCodec, content, clientDecodeLimits).map((decoded) => {
    assert.ok(decoded.ok, "a frame of the protocol");
    return decoded.frame;
  });
}
