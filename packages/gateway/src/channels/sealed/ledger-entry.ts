import type { ChannelLedger } from "./channel-ledger.ts";

/** Something in the queue of a sealed connection that is written by its ledger, in its place between frames (RK-5.2). */
export abstract class LedgerEntry {
  /** Bytes and frames it counts as while it waits. */
  abstract readonly byteLength: number;
  abstract readonly frames: number;

  /** Has the ledger write it. */
  abstract writeTo(ledger: ChannelLedger): void;

  /** It is going to wait for longer than this turn: keeps the secrets that writing it may need. */
  hold(): void {}

  /** It waits no longer. */
  release(): void {}
}

/** A HEARTBEAT is due (RK-5.1). */
export class PositionsDue extends LedgerEntry {
  readonly byteLength = 0;
  readonly frames = 1;

  writeTo(ledger: ChannelLedger): void {
    ledger.writePositions();
  }
}

/** The connection has left a channel: nothing of it stands behind this. */
export class ChannelLeft extends LedgerEntry {
  readonly byteLength = 0;
  readonly frames = 0;
  readonly #channel: number;

  constructor(channel: number) {
    super();
    this.#channel = channel;
  }

  writeTo(ledger: ChannelLedger): void {
    ledger.forget(this.#channel);
  }
}
