import type { ClientFrame } from "@wardwire/wire/frames";

/** Stops and resumes reading from the socket. */
export interface Flow {
  pause(): void;
  resume(): void;
}

interface Waiting {
  readonly frame: ClientFrame;
  /** Of the message it is the last frame of; 0 for those before it. */
  readonly messageBytes: number;
}

/**
 * Frames that wait to be handled, one after the other in the order they came. Reading stops while messages of more than
 * `highWaterBytes` wait, so that a client which sends faster than it is served fills its own buffers and not ours.
 */
export class Inbox {
  readonly #handle: (frame: ClientFrame) => Promise<void> | undefined;
  readonly #flow: Flow;
  readonly #highWaterBytes: number;
  #queue: Waiting[] = [];
  #waitingBytes = 0;
  #busy = false;
  #paused = false;

  /** @param handle must neither throw nor reject. */
  constructor(handle: (frame: ClientFrame) => Promise<void> | undefined, flow: Flow, highWaterBytes: number) {
    this.#handle = handle;
    this.#flow = flow;
    this.#highWaterBytes = highWaterBytes;
  }

  /** Takes the frames of one message in; handles them at once where nothing is under way. */
  push(frames: readonly ClientFrame[], messageBytes: number): void {
    for (const [index, frame] of frames.entries()) {
      this.#queue.push({ frame, messageBytes: index === frames.length - 1 ? messageBytes : 0 });
    }
    if (frames.length > 0) this.#waitingBytes += messageBytes;
    this.#run();
    if (!this.#paused && this.#waitingBytes > this.#highWaterBytes) {
      this.#paused = true;
      this.#flow.pause();
    }
  }

  /** Forgets what waits. */
  clear(): void {
    this.#queue = [];
    this.#waitingBytes = 0;
  }

  #run(): void {
    if (this.#busy) return;
    this.#busy = true;
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) {
      const pending = this.#handle(frame);
      if (pending !== undefined) {
        pending.then(() => {
          this.#busy = false;
          this.#run();
        });
        return;
      }
    }
    this.#busy = false;
    if (!this.#paused) return;
    this.#paused = false;
    this.#flow.resume();
  }

  #take(): ClientFrame | undefined {
    const waiting = this.#queue.shift();
    this.#waitingBytes -= waiting?.messageBytes ?? 0;
    return waiting?.frame;
  }
}
