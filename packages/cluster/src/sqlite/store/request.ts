import type { HistoryPage, HistoryQuery, Publication, Published, StreamPosition } from "../../broker.ts";
import type { Budget, Taken } from "../../budgets.ts";
import type { ClusterErrorCode } from "../../cluster-error.ts";
import type { RevocationPage } from "../../revocations.ts";

/** What the store is asked to do. Arguments have been checked. */
export type Request =
  | (Publication & { readonly type: "publish"; readonly newStream: string })
  /** The position, and from then on the channel is watched. */
  | (ChannelRequest & { readonly type: "watch" })
  | { readonly type: "unwatch"; readonly channel: string }
  | (ChannelRequest & { readonly type: "position" })
  | (ChannelRequest & { readonly type: "history"; readonly query: HistoryQuery })
  | { readonly type: "append-revocation"; readonly bytes: Uint8Array; readonly ttlMs: number }
  | { readonly type: "read-revocations"; readonly since: number }
  | { readonly type: "take"; readonly key: string; readonly cost: number; readonly budget: Budget };

interface ChannelRequest {
  readonly channel: string;
  /** The id of the stream that is begun if the channel has none. */
  readonly newStream: string;
}

/** What each request is answered with. */
export interface Answers {
  readonly publish: Published;
  readonly watch: StreamPosition;
  readonly unwatch: undefined;
  readonly position: StreamPosition;
  readonly history: HistoryPage;
  readonly "append-revocation": { readonly offset: number };
  readonly "read-revocations": RevocationPage;
  readonly take: Taken;
}

/** Requests that are committed together, in order. */
export interface Batch {
  /** The engine's time; never less than in the batch before. */
  readonly nowMs: number;
  readonly requests: readonly Request[];
}

/** Why a request failed. */
export interface Failure {
  readonly code: ClusterErrorCode;
  readonly message: string;
}

/** What became of a request, after the commit. */
export type Outcome = { readonly answer: Answers[keyof Answers] } | { readonly failure: Failure };

/** What the thread is made with. */
export interface StoreOptions {
  /** An absolute path. */
  readonly file: string;
  readonly maxFileBytes: number;
  readonly maxBudgetKeys: number;
  /** Wall clock: milliseconds since 1970. */
  readonly nowMs: number;
}

/** What the main thread says to the thread. */
export type ToThread = Batch | "close";

/** What the thread says: first whether the store is open and from when its time goes on, then the outcomes of each batch. */
export type FromThread =
  | { readonly opened: { readonly nowMs: number } }
  | { readonly failure: Failure }
  | { readonly outcomes: readonly Outcome[] };
