import { isCount } from "../arguments.ts";
import type { HistoryPage, HistoryQuery, StreamPosition } from "../broker.ts";
import type { Delivery } from "./delivery.ts";
import type { HistoryWindow } from "./history-window.ts";

/** One channel's current stream: its id, its history and its subscribers. */
export class ChannelStream {
  readonly id: string;
  readonly window: HistoryWindow;
  readonly delivery: Delivery;

  constructor(id: string, window: HistoryWindow, delivery: Delivery) {
    this.id = id;
    this.window = window;
    this.delivery = delivery;
  }

  /** The place after the newest item. */
  get position(): StreamPosition {
    return { stream: this.id, offset: this.window.newest };
  }

  /** Answers a checked query from what is kept at `nowMs`. */
  page({ since, limit, reverse }: HistoryQuery, nowMs: number): HistoryPage {
    this.window.expire(nowMs);
    const { position } = this;
    if (since !== undefined && !this.#contains(since)) return { items: [], position, complete: false };
    const found = reverse === true ? this.#before(since, limit) : this.#after(since, limit);
    return { ...found, position };
  }

  #after(since: StreamPosition | undefined, limit: number): Omit<HistoryPage, "position"> {
    const { oldest, newest } = this.window;
    const wanted = since === undefined ? oldest : since.offset + 1;
    const first = Math.max(wanted, oldest);
    return { items: this.window.range(first, Math.min(newest, first + limit - 1)), complete: first === wanted };
  }

  #before(since: StreamPosition | undefined, limit: number): Omit<HistoryPage, "position"> {
    const { oldest, newest } = this.window;
    const last = since === undefined ? newest : since.offset - 1;
    const items = this.window.range(Math.max(oldest, last - limit + 1), last).reverse();
    return { items, complete: since === undefined || last < 1 || last >= oldest };
  }

  #contains({ stream, offset }: StreamPosition): boolean {
    return stream === this.id && isCount(offset) && offset <= this.window.newest;
  }
}
