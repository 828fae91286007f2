import type { HistoryQuery, Publication } from "./broker.ts";
import type { Budget } from "./budgets.ts";
import { ClusterError } from "./cluster-error.ts";

/** Refuses what no engine takes. @throws ClusterError `invalid-argument` */
export function checkPublication({ channel, history, idempotencyKey }: Publication): void {
  checkName("channel", channel);
  if (!isCount(history.messages)) refuse("history.messages", "an integer of 0 or more", history.messages);
  if (!isCount(history.bytes)) refuse("history.bytes", "an integer of 0 or more", history.bytes);
  if (!(Number.isFinite(history.ttlMs) && history.ttlMs >= 0)) {
    refuse("history.ttlMs", "finite milliseconds of 0 or more", history.ttlMs);
  }
  if (idempotencyKey !== undefined) checkName("idempotencyKey", idempotencyKey);
}

/** Refuses what no engine takes; an unusable `since` is not refused but answered. @throws ClusterError `invalid-argument` */
export function checkHistoryQuery(channel: string, { limit }: HistoryQuery): void {
  checkName("channel", channel);
  checkBound("limit", limit);
}

/** Refuses a budget that gives nothing, and a cost it can never pay. @throws ClusterError `invalid-argument` */
export function checkTake(key: string, cost: number, { perSecond, burst }: Budget): void {
  checkName("key", key);
  if (!isAboveZero(perSecond)) refuse("perSecond", "a number above 0", perSecond);
  if (!isAboveZero(burst)) refuse("burst", "a number above 0", burst);
  if (!(isAboveZero(cost) && cost <= burst)) refuse("cost", `a number above 0 and at most the burst of ${burst}`, cost);
}

/** Refuses an empty name, and one that UTF-8 cannot tell from others. @throws ClusterError `invalid-argument` */
export function checkName(what: string, name: string): void {
  if (name === "") refuse(what, "a name of one character or more", '""');
  if (!name.isWellFormed()) refuse(what, "a name without lone surrogates", JSON.stringify(name));
}

/** Refuses a bound that allows nothing. @throws ClusterError `invalid-argument` */
export function checkBound(what: string, bound: number): void {
  if (!isCount(bound) || bound === 0) refuse(what, "an integer of 1 or more", bound);
}

/** Refuses an offset that is none; 0 is before the first. @throws ClusterError `invalid-argument` */
export function checkOffset(offset: number): void {
  if (!isCount(offset)) refuse("since", "an integer of 0 or more", offset);
}

/** Refuses to keep something for no time or for ever. @throws ClusterError `invalid-argument` */
export function checkTtl(ttlMs: number): void {
  if (!isAboveZero(ttlMs)) refuse("ttlMs", "finite milliseconds above 0", ttlMs);
}

/** Whether `value` can count something. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isAboveZero(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

function refuse(what: string, expected: string, got: unknown): never {
  throw new ClusterError("invalid-argument", `${what} must be ${expected}, got ${got}`);
}
