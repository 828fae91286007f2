import type { HistoryPage, HistoryQuery } from "@wardwire/cluster/broker";
import { DishonestEngine } from "../sealed-channels/dishonest-engine.ts";

/** An honest engine whose history comes when the test says so. */
export class SlowEngine extends DishonestEngine {
  /** What happens before a page is read, and after it has been read but before it is given out. */
  before: () => Promise<void> = async () => {};
  after: () => void = () => {};

  override async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    await this.before();
    const page = await super.history(channel, query);
    this.after();
    return page;
  }
}

/** The next history waits until it is told to go on. */
export function heldHistory(engine: SlowEngine): { readonly asked: Promise<void>; readonly goOn: () => void } {
  const asked = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  engine.before = () => {
    engine.before = async () => {};
    asked.resolve();
    return going.promise;
  };
  return { asked: asked.promise, goOn: going.resolve };
}
