import type { HostSocket, MessageKind, SocketEvents } from "../../src/host/socket-host.ts";

/** One WebSocket message as it stands on the wire. */
export interface RawMessage {
  readonly message: Uint8Array;
  readonly kind: MessageKind;
}

/** The far end of a socket of a gateway on paper: whole messages, of which it knows nothing. */
export class FarEnd implements HostSocket {
  events: SocketEvents | undefined;
  bufferedBytes = 0;
  paused = false;
  /** The close frame of the gateway. */
  closedWith: { readonly code: number; readonly reason: string } | undefined;
  /** All that the gateway has sent. */
  readonly messages: RawMessage[] = [];
  /** Called with each message as it comes. */
  onMessage: (message: Uint8Array) => void = () => {};
  #waiting: (() => void)[] = [];

  /** Sends a message to the gateway, as it stands. */
  deliver(message: Uint8Array, kind: MessageKind = "binary"): void {
    if (this.closedWith === undefined) this.events?.message(message, kind);
  }

  /** Closes the socket from this side, with a close frame that nothing authenticates. */
  leave(code: number, reason = ""): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = { code, reason };
    this.wake();
    this.events?.closed(code, reason);
  }

  /** Called by the gateway. */
  send(message: Uint8Array, kind: MessageKind): void {
    if (this.closedWith !== undefined) return;
    this.messages.push({ message, kind });
    this.onMessage(message);
    this.wake();
  }

  close(code: number, reason: string): void {
    this.leave(code, reason);
  }

  terminate(): void {
    this.leave(1006);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** Resolves with what `look` finds, as soon as it finds something. Rejects when the socket has closed without. */
  async until<Found>(look: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.closedWith !== undefined) throw new Error(`closed with ${this.closedWith.code} before it came`);
      await this.#news();
    }
  }

  /** Resolves with the gateway's close frame. */
  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.closedWith === undefined) await this.#news();
    return this.closedWith;
  }

  #news(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Has whoever waits look again: something has come, or been understood that had come before. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
