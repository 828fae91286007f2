import { type Bytes, concatBytes } from "../bytes.ts";
import { maxContentBytes } from "../padded-content.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { getUint64, setUint64 } from "../uint64.ts";
import { channelRecordBytes } from "./channel-header.ts";

/** What a member needs to open a channel's records from `nextSeq` on (CHANNEL_KEY). */
export interface ChannelKey {
  readonly epochId: Bytes;
  readonly step: number;
  /** The seq of the next record. */
  readonly nextSeq: number;
  /** How many records the epoch before this one had in the end, so that its tail cannot be withheld (RK-5.3). */
  readonly previousSeq: number;
  /** E of the step. Who gets the key owns it. */
  readonly secret: SecretBytes;
}

/** Records of a channel that a member does not get, on purpose (SKIP). */
export interface ChannelSkip {
  readonly epochId: Bytes;
  /** The step now in force. */
  readonly step: number;
  readonly fromSeq: number;
  /** The last one that is left out. */
  readonly toSeq: number;
  /** E of the step. Who gets it owns it. */
  readonly secret: SecretBytes;
}

/** How far a channel is (one entry of HEARTBEAT). */
export interface ChannelPosition {
  readonly epochId: Bytes;
  readonly nextSeq: number;
}

/** The content of CHANNEL_KEY for a member; the caller erases it once it is sealed. The secret stays the caller's. */
export function encodeChannelKey(channel: number, key: ChannelKey): Bytes {
  return encode(channel, key, [key.nextSeq, key.previousSeq]);
}

/** Undefined for content of another form; else the channel's number and the key. The secret is moved out of `content`. */
export function parseChannelKey(
  content: Uint8Array,
): { readonly channel: number; readonly key: ChannelKey } | undefined {
  const parsed = parse(content);
  if (parsed === undefined) return undefined;
  const { channel, epochId, step, first: nextSeq, second: previousSeq, secret } = parsed;
  return { channel, key: { epochId, step, nextSeq, previousSeq, secret } };
}

/** The content of SKIP for a member; the caller erases it once it is sealed. The secret stays the caller's. */
export function encodeSkip(channel: number, skip: ChannelSkip): Bytes {
  return encode(channel, skip, [skip.fromSeq, skip.toSeq]);
}

/** Undefined for content of another form; else the channel's number and the skip. The secret is moved out of `content`. */
export function parseSkip(content: Uint8Array): { readonly channel: number; readonly skip: ChannelSkip } | undefined {
  const parsed = parse(content);
  if (parsed === undefined) return undefined;
  const { channel, epochId, step, first: fromSeq, second: toSeq, secret } = parsed;
  return { channel, skip: { epochId, step, fromSeq, toSeq, secret } };
}

/** The content of a gateway's HEARTBEAT: where each channel of the member is, by the channel's number (RK-5.1). */
export function encodePositions(positions: ReadonlyMap<number, ChannelPosition>): Bytes {
  const content = new Uint8Array(countBytes + positions.size * positionBytes);
  const view = new DataView(content.buffer);
  view.setUint16(0, positions.size);
  let at = countBytes;
  for (const [channel, { epochId, nextSeq }] of positions) {
    view.setUint32(at, channel);
    content.set(epochId, at + 4);
    setUint64(view, at + 20, nextSeq);
    at += positionBytes;
  }
  return content;
}

/** How many channels one HEARTBEAT has room for, in a record of so many bytes of plaintext. */
export function maxPositions(plaintextBytes: number): number {
  return Math.floor((maxContentBytes(plaintextBytes) - countBytes) / positionBytes);
}

/** Undefined for content of another form, and for a channel that comes twice. */
export function parsePositions(content: Uint8Array): ReadonlyMap<number, ChannelPosition> | undefined {
  if (content.length < countBytes) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const count = view.getUint16(0);
  if (content.length !== countBytes + count * positionBytes) return undefined;
  const positions = new Map<number, ChannelPosition>();
  for (let at = countBytes; at < content.length; at += positionBytes) {
    const nextSeq = getUint64(view, at + 20);
    if (!Number.isSafeInteger(nextSeq)) return undefined;
    positions.set(view.getUint32(at), { epochId: content.slice(at + 4, at + 20), nextSeq });
  }
  return positions.size === count ? positions : undefined;
}

const countBytes = 2;
const positionBytes = 28;
const secretBytes = 32;

/** CHANNEL_KEY and SKIP have one form: channel u32, epochId 16, step u16, two u64, E 32. */
const announcementBytes = 38 + secretBytes;

type Announcement = Pick<ChannelKey, "epochId" | "step" | "secret">;

function encode(channel: number, { epochId, step, secret }: Announcement, seqs: readonly [number, number]): Bytes {
  const fixed = new Uint8Array(announcementBytes - secretBytes);
  const view = new DataView(fixed.buffer);
  view.setUint32(0, channel);
  fixed.set(epochId, 4);
  view.setUint16(20, step);
  setUint64(view, 22, seqs[0]);
  setUint64(view, 30, seqs[1]);
  return secret.use((bytes) => concatBytes(fixed, bytes));
}

function parse(
  content: Uint8Array,
): (Announcement & { readonly channel: number; readonly first: number; readonly second: number }) | undefined {
  if (content.length !== announcementBytes) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const [first, second] = [getUint64(view, 22), getUint64(view, 30)];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second)) return undefined;
  return {
    channel: view.getUint32(0),
    epochId: content.slice(4, 4 + channelRecordBytes.epochId),
    step: view.getUint16(20),
    first,
    second,
    secret: SecretBytes.take(content.subarray(announcementBytes - secretBytes)),
  };
}
