import { type Bytes, equalBytes } from "@wardwire/crypto/bytes";
import type { HistoryKek } from "@wardwire/crypto/history/history-keys";
import type { HistoryKeks } from "../../server-keys/server-keys.ts";

/** Looks which KEK is that of today, so that nothing derived from one outlives its day by more than a day (HR-3). */
export class KekWatch {
  readonly #keks: HistoryKeks;
  readonly #replaced: () => void;
  #id: Bytes | undefined;

  /** @param replaced called when another KEK is found, to let go of what is at hand */
  constructor(keks: HistoryKeks, replaced: () => void) {
    this.#keks = keks;
    this.#replaced = replaced;
  }

  /** That of today; stays the keys'. */
  look(): HistoryKek {
    const kek = this.#keks.current;
    if (this.#id !== undefined && !equalBytes(this.#id, kek.id)) this.#replaced();
    this.#id = kek.id;
    return kek;
  }
}
