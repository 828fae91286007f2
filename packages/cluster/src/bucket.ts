import type { Budget, Taken } from "./budgets.ts";

/** What is left of a budget at a time. Thousandths, so that whole rates over whole milliseconds are exact. */
export interface Bucket {
  readonly thousandths: number;
  readonly filledMs: number;
}

/** What a take leaves behind. */
export interface TakenFrom {
  readonly taken: Taken;
  readonly bucket: Bucket;
  /** When the bucket is full again, and says the same as none. */
  readonly fullMs: number;
}

/** Takes `cost` from a bucket, a full one when undefined, or nothing. Checked arguments; `nowMs` is a whole number. */
export function takeFrom(
  bucket: Bucket | undefined,
  cost: number,
  { perSecond, burst }: Budget,
  nowMs: number,
): TakenFrom {
  const most = burst * 1_000;
  const gained = bucket === undefined ? most : Math.max(0, nowMs - bucket.filledMs) * perSecond;
  const there = Math.min(most, (bucket?.thousandths ?? 0) + gained);
  const missing = cost * 1_000 - there;
  const left = missing > 0 ? there : there - cost * 1_000;
  return {
    taken: missing > 0 ? { ok: false, retryAfterMs: Math.ceil(missing / perSecond) } : { ok: true },
    bucket: { thousandths: left, filledMs: nowMs },
    fullMs: nowMs + Math.ceil((most - left) / perSecond),
  };
}
