import type { HistoryBounds, Published } from "@wardwire/cluster/broker";
import type { ChannelDefinition } from "@wardwire/contract";
import type { Json, Sender } from "@wardwire/wire/frames";
import type { Core } from "../core.ts";
import { RequestError } from "../dispatch/request-error.ts";
import type { ChannelAddress } from "./channel.ts";
import { encodeItem, maxItemBytes } from "./history-message.ts";

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
 * Stamps a message with id and time and gives it to the broker, which calls every gateway with members.
 *
 * @throws RequestError `too-large`.
 */
export async function publishTo(core: Core, address: ChannelAddress, message: Message): Promise<Published> {
  const { from, data, key } = message;
  const item = { message: core.nextMessageId(), ...(from === undefined ? {} : { from }), at: core.clock.now(), data };
  const bytes = encodeItem(item);
  if (bytes.byteLength > maxItemBytes) {
    throw new RequestError("too-large", `data: expected a message of at most ${maxItemBytes} bytes`);
  }
  return core.cluster.broker.publish({
    channel: address.key,
    bytes,
    history: boundsOf(address.definition),
    ...(key === undefined ? {} : { idempotencyKey: key }),
  });
}

function boundsOf({ history }: ChannelDefinition): HistoryBounds {
  if (history === undefined) return noHistory;
  const { messages, bytes = maxHistoryBytes, ttlMs } = history;
  return { messages: messages === "latest" ? 1 : messages, bytes, ttlMs };
}
