import type { HistoryBounds, Published } from "@wardwire/cluster/broker";
import type { ChannelDefinition } from "@wardwire/contract";
import { maxRecordContentBytes } from "@wardwire/crypto/channel-records/channel-limits";
import { cborCodec } from "@wardwire/wire/cbor";
import type { HistoryMessage, Json, MessageFrame, Sender } from "@wardwire/wire/frames";
import type { Core } from "../core.ts";
import { RequestError } from "../dispatch/request-error.ts";
import type { ChannelAddress } from "./channel.ts";
import { encodeItem, maxItemBytes, maxSealedItemBytes } from "./history-message.ts";

/** What is published, by a member or, without `from`, by the application. */
export interface Message {
  readonly from?: Sender;
  /** Parsed by the contract. */
  readonly data: Json;
  /** Idempotency key, already apart from other users' keys. */
  readonly key?: string;
}

const noHistory: HistoryBounds = { messages: 0, bytes: 0, ttlMs: 0 };

/** Bytes of one channel's history where the contract says nothing: a hundred of the largest messages. */
const maxHistoryBytes = 100 * maxItemBytes;

/**
 * Stamps a message with id and time and gives it to the engine, sealed where the channel is; the engine calls every gateway with
 * members.
 *
 * @throws RequestError `too-large`.
 */
export async function publishTo(core: Core, address: ChannelAddress, message: Message): Promise<Published> {
  const { from, data, key } = message;
  const item = { message: core.nextMessageId(), ...(from === undefined ? {} : { from }), at: core.clock.now(), data };
  const bytes = encodeItem(item);
  const most = address.definition.protection === "sealed" ? maxSealedItemBytes : maxItemBytes;
  if (bytes.byteLength > most || (most === maxSealedItemBytes && isTooLargeInCbor(item, bytes))) {
    throw new RequestError("too-large", `data: expected a message of at most ${most} bytes`);
  }
  return core.channels.store.publish(address, {
    bytes,
    history: boundsOf(address.definition),
    ...(key === undefined ? {} : { idempotencyKey: key }),
  });
}

/** Whether a message does not fit into a record: its members get it in CBOR, where a short number may take nine bytes. */
function isTooLargeInCbor(item: Omit<HistoryMessage, "offset">, { byteLength }: Uint8Array): boolean {
  if (byteLength * mostCborBytesForOne < maxRecordContentBytes) return false;
  const frame: MessageFrame = { type: "message", channel: largestNumber, offset: Number.MAX_SAFE_INTEGER, ...item };
  return (cborCodec.encode(frame) as Uint8Array).byteLength > maxRecordContentBytes;
}

/** Bytes of CBOR for one of JSON, rounded up: `0.1,` becomes a number of nine. */
const mostCborBytesForOne = 3;

const largestNumber = 2 ** 32 - 1;

function boundsOf({ history }: ChannelDefinition): HistoryBounds {
  if (history === undefined) return noHistory;
  const { messages, bytes = maxHistoryBytes, ttlMs } = history;
  return { messages: messages === "latest" ? 1 : messages, bytes, ttlMs };
}
