import type { Broker, Publication, StreamItem, StreamPosition } from "../../src/broker.ts";
import type { ClusterErrorCode } from "../../src/cluster-error.ts";

/** A fresh broker and command over the time it lives in. */
export interface BrokerUnderTest {
  readonly broker: Broker;
  /** Closes the engine and opens it again on the same store; left out where nothing outlives the process. */
  readonly reopen?: () => Promise<void>;
  /** Lets `ms` milliseconds pass for the broker. */
  advance(ms: number): Promise<void>;
  /** Closes the engine, twice too, and frees what was opened. */
  close(): Promise<void>;
}

/** A publication of `text` on the channel `tea`, kept for long, unless `rest` says otherwise. */
export function publication(text: string, rest: Partial<Publication> = {}): Publication {
  return {
    channel: "tea",
    bytes: new TextEncoder().encode(text),
    history: { messages: 100, bytes: 1_000_000, ttlMs: 60_000 },
    ...rest,
  };
}

/** Publishes every character and gives the position after the last. */
export async function publishAll(broker: Broker, characters: string): Promise<StreamPosition> {
  let position: StreamPosition = { stream: "", offset: 0 };
  for (const text of characters) position = (await broker.publish(publication(text))).position;
  return position;
}

/** Items as `1:a 2:b`. */
export function show(items: readonly StreamItem[]): string {
  return items.map(({ offset, bytes }) => `${offset}:${new TextDecoder().decode(bytes)}`).join(" ");
}

/** What an error thrown for `expected` looks like. */
export function clusterError(expected: ClusterErrorCode): object {
  return { name: "ClusterError", code: expected };
}
