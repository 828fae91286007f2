import { isCount } from "./arguments.ts";
import type { HistoryQuery } from "./broker.ts";

/** What a channel keeps: offsets `oldest` to `newest` of a stream; none when `oldest` is `newest + 1`. */
export interface KeptRange {
  readonly stream: string;
  readonly oldest: number;
  readonly newest: number;
}

/** What answers a query: the items with offsets `first` to `last`, none when `first > last`. */
export interface AskedRange {
  readonly first: number;
  readonly last: number;
  /** See `HistoryPage.complete`. */
  readonly complete: boolean;
}

/** Which of the kept items answer a checked query. */
export function askedRange(query: HistoryQuery, kept: KeptRange): AskedRange {
  const { since } = query;
  const isUsable =
    since === undefined || (since.stream === kept.stream && isCount(since.offset) && since.offset <= kept.newest);
  if (!isUsable) return { first: 1, last: 0, complete: false };
  return query.reverse === true ? before(query, kept) : after(query, kept);
}

function after({ since, limit }: HistoryQuery, { oldest, newest }: KeptRange): AskedRange {
  const wanted = since === undefined ? oldest : since.offset + 1;
  const first = Math.max(wanted, oldest);
  return { first, last: Math.min(newest, first + limit - 1), complete: first === wanted };
}

function before({ since, limit }: HistoryQuery, { oldest, newest }: KeptRange): AskedRange {
  const last = since === undefined ? newest : since.offset - 1;
  return {
    first: Math.max(oldest, last - limit + 1),
    last,
    complete: since === undefined || last < 1 || last >= oldest,
  };
}
