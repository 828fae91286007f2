import type { Message } from "../connect.ts";

/** A message with the stream its offset counts in; a new stream begins where a history was lost. */
export interface KeptMessage {
  readonly stream: string;
  readonly message: Message<unknown>;
}

/**
 * Adds messages of one stream, live ones or a page of history in any order: each once, by offset, behind those of earlier
 * streams.
 *
 * @param keep The most messages to keep; the oldest go first.
 */
export function keepMessages(
  kept: readonly KeptMessage[],
  arrivals: readonly KeptMessage[],
  keep: number,
): readonly KeptMessage[] {
  const known = new Set(kept.map(({ message }) => message.id));
  const added = new Map(
    arrivals.filter(({ message }) => !known.has(message.id)).map((each) => [each.message.id, each]),
  );
  const [first] = added.values();
  if (first === undefined) return kept;
  const before = kept.filter(({ stream }) => stream !== first.stream);
  const same = kept.filter(({ stream }) => stream === first.stream);
  const all = [...before, ...[...same, ...added.values()].sort(byOffset)];
  return all.slice(Math.max(0, all.length - keep));
}

function byOffset(a: KeptMessage, b: KeptMessage): number {
  return a.message.offset - b.message.offset;
}
