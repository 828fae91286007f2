import { askedRange } from "../asked-range.ts";
import type { HistoryPage, HistoryQuery, StreamPosition } from "../broker.ts";
import type { Delivery } from "../delivery.ts";
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
  page(query: HistoryQuery, nowMs: number): HistoryPage {
    this.window.expire(nowMs);
    const { oldest, newest } = this.window;
    const { first, last, complete } = askedRange(query, { stream: this.id, oldest, newest });
    const items = this.window.range(first, last);
    return { items: query.reverse === true ? items.reverse() : items, position: this.position, complete };
  }
}
