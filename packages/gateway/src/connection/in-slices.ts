import { setImmediate } from "node:timers/promises";
import type { Clock } from "../clock.ts";

/** How long one slice may keep the event loop. */
const sliceMs = 3;

/** Visits that wait for an application at the same time. */
const waitingAtOnce = 16;

/**
 * Visits every item of a snapshot, in slices of 3 ms with a turn of the event loop between them, so that looking at every
 * connection of a large process delays nobody's messages. The first slice runs before this returns. A visit must neither
 * throw nor reject.
 */
export async function inSlices<Item>(
  items: Iterable<Item>,
  clock: Clock,
  visit: (item: Item) => Promise<void> | undefined,
): Promise<void> {
  const remaining = [...items].values();
  let endsAt = clock.monotonic() + sliceMs;
  let pause: Promise<void> | undefined;
  const nextTurn = async (): Promise<void> => {
    await setImmediate();
    pause = undefined;
    endsAt = clock.monotonic() + sliceMs;
  };
  const work = async (): Promise<void> => {
    for (const item of remaining) {
      const visiting = visit(item);
      if (visiting !== undefined) await visiting;
      while (clock.monotonic() >= endsAt) {
        pause ??= nextTurn();
        await pause;
      }
    }
  };
  await Promise.all(Array.from({ length: waitingAtOnce }, work));
}
