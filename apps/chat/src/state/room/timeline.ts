import type { Message } from "@wardwire/client";

/** A message as the page keeps it. Offsets count within a stream; a new stream begins where a history was lost. */
export interface ChatMessage {
  readonly stream: string;
  readonly offset: number;
  readonly id: string;
  readonly sender: Message<unknown>["sender"];
  /** ms since 1970, by the gateway's clock. */
  readonly at: number;
  readonly text: string;
}

/** The most messages of one room that are kept; older ones are let go. */
export const maxMessages = 1_000;

/**
 * Adds messages of one stream, each once and in order. A stream that is not known yet comes after all that is there.
 *
 * @param keep The most messages to keep.
 */
export function insertMessages(
  messages: readonly ChatMessage[],
  arrivals: readonly ChatMessage[],
  keep: number = maxMessages,
): readonly ChatMessage[] {
  const stream = arrivals[0]?.stream;
  if (stream === undefined) return messages;
  const last = messages.at(-1);
  const isNext = arrivals.length === 1 && last?.stream === stream && (arrivals[0]?.offset ?? 0) > last.offset;
  if (isNext) return [...messages, ...arrivals].slice(-keep);
  const others = messages.filter((message) => message.stream !== stream);
  const byOffset = new Map(
    [...arrivals, ...messages.filter((message) => message.stream === stream)].map((message) => [
      message.offset,
      message,
    ]),
  );
  return [...others, ...[...byOffset.values()].sort((a, b) => a.offset - b.offset)].slice(-keep);
}

/** What stands before a message. */
export interface Seam {
  /** Whether messages between the one before and this one are missing. */
  readonly gap: boolean;
  /** Whether this is the first message of a day. */
  readonly newDay: boolean;
  /** Whether it carries on what the same person said a moment ago, on the same device. */
  readonly continues: boolean;
}

/** Compares a message with the one before it; `undefined` when it is the first. */
export function seamBefore(message: ChatMessage, previous: ChatMessage | undefined): Seam {
  if (previous === undefined) return { gap: false, newDay: true, continues: false };
  const gap = previous.stream !== message.stream || message.offset !== previous.offset + 1;
  const newDay = new Date(previous.at).toDateString() !== new Date(message.at).toDateString();
  const samePerson =
    previous.sender?.user === message.sender?.user && previous.sender?.device === message.sender?.device;
  const continues = samePerson && !gap && !newDay && message.at - previous.at < closeTogetherMs;
  return { gap, newDay, continues };
}

const closeTogetherMs = 4 * 60 * 1_000;
