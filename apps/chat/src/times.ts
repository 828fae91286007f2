const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** Hours and minutes, as the person's language writes them. */
export function clockTime(atMs: number): string {
  return clock.format(atMs);
}

/** Date and time to the second. */
export function fullTime(atMs: number): string {
  return full.format(atMs);
}

/** `Today`, `Yesterday`, or the day's name and date. */
export function namedDay(atMs: number, nowMs: number): string {
  const date = new Date(atMs).toDateString();
  if (date === new Date(nowMs).toDateString()) return "Today";
  const yesterday = new Date(nowMs);
  yesterday.setDate(yesterday.getDate() - 1);
  return date === yesterday.toDateString() ? "Yesterday" : day.format(atMs);
}
