import type { StreamItem } from "@wardwire/cluster/broker";
import type { HistoryMessage } from "@wardwire/wire/frames";

/** Most bytes of one message as the broker carries it, and of all that a join recovers: whole or not at all. */
export const maxItemBytes = 1_048_576;

/** Most bytes of items in a page of history; a reader pages on from the last one. A larger item goes alone. */
export const maxPageBytes = 262_144;

/** Most bytes of one message of a sealed channel, in JSON and in CBOR: with what stands around it, it has to fit into one record. */
export const maxSealedItemBytes = 61_000;

/** The bytes the broker carries: UTF-8 JSON of a `HistoryMessage` without its offset (ADR 0005). */
export function encodeItem(message: Omit<HistoryMessage, "offset">): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}

/** The message's id in what {@link encodeItem} gave; undefined for anything else. */
export function messageIdOf(item: Uint8Array): string | undefined {
  if (!startsWith(item, beforeId)) return undefined;
  const end = item.indexOf(quote, beforeId.length);
  return end < 0 ? undefined : Buffer.from(item.subarray(beforeId.length, end)).toString("latin1");
}

/** Ids are visible ASCII without quotes, and stand first. */
const beforeId = Buffer.from('{"message":"');
const quote = 0x22;

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, start.length), start) === 0;
}

/** Items as they stand in a reply, as many as fit into `maxBytes`; `whole` when that is all of them. */
export function historyMessages(
  items: readonly StreamItem[],
  maxBytes: number,
): { readonly messages: readonly HistoryMessage[]; readonly whole: boolean } {
  const messages: HistoryMessage[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += item.bytes.byteLength;
    if (bytes > maxBytes && messages.length > 0) return { messages, whole: false };
    messages.push({ offset: item.offset, ...decodeItem(item.bytes) });
  }
  return { messages, whole: true };
}

/** Items are written by gateways only, so what comes back has the shape it was given. */
function decodeItem(bytes: Uint8Array): Omit<HistoryMessage, "offset"> {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
}
