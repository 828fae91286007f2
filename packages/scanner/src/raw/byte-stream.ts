import type { Duplex } from "node:stream";
import { failureOf, ProbeFailure } from "./probe-failure.ts";

/** How the other side ended a connection: in order, or by a reset or another error. */
export type StreamEnd = "ended" | "reset";

const mostBuffered = 262_144;

/**
 * What comes over one connection, read on demand. It never holds more than 256 KiB: beyond that the sender is not read
 * from. Every wait has a deadline. Whoever made it disposes of it, which destroys the connection.
 */
export class ByteStream implements Disposable {
  readonly #socket: Duplex;
  #buffer: Buffer = Buffer.alloc(0);
  #end: StreamEnd | undefined;
  #wake: () => void = () => undefined;

  /** @param socket an open connection that nobody else reads from; owned from now on. */
  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      if (this.#buffer.length >= mostBuffered) socket.pause();
      this.#wake();
    });
    socket.on("end", () => this.#ended("ended"));
    socket.on("close", () => this.#ended("ended"));
    socket.on("error", () => this.#ended("reset"));
  }

  /** The connection below, for what only TLS can tell. */
  get socket(): Duplex {
    return this.#socket;
  }

  /** How the other side ended the connection; there may still be bytes of it to read. */
  get end(): StreamEnd | undefined {
    return this.#end;
  }

  /** Sends bytes. An error shows as the stream's end. */
  write(bytes: Uint8Array | string): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** What has come and was not read, without taking it. */
  peek(): Buffer {
    return this.#buffer;
  }

  /** Takes `length` bytes of {@link peek}. */
  take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    if (this.#buffer.length < mostBuffered && this.#socket.isPaused()) this.#socket.resume();
    return taken;
  }

  /**
   * Waits until `isEnough` says so about the unread bytes.
   *
   * @returns whether it did; false after the end of the stream and after `timeoutMs`.
   * @throws ProbeFailure `too-much` when 256 KiB were not enough.
   */
  async until(isEnough: (unread: Buffer) => boolean, timeoutMs: number): Promise<boolean> {
    const { promise: timeUp, resolve } = Promise.withResolvers<void>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve();
    }, timeoutMs);
    try {
      while (!isEnough(this.#buffer)) {
        if (this.#buffer.length >= mostBuffered) {
          throw new ProbeFailure("too-much", `more than ${mostBuffered} bytes without an end`);
        }
        if (this.#end !== undefined || isLate) return false;
        await Promise.race([timeUp, this.#next()]);
      }
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the end of the stream, throwing away what comes; undefined when it has not come after `timeoutMs`. */
  async untilEnd(timeoutMs: number): Promise<StreamEnd | undefined> {
    const drained = (): boolean => {
      this.take(this.#buffer.length);
      return this.#end !== undefined;
    };
    await this.until(drained, timeoutMs);
    return this.#end;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #ended(how: StreamEnd): void {
    this.#end ??= how;
    this.#wake();
  }

  #next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}

/** Resolves with the event `ready` of a socket; destroys it and rejects with a ProbeFailure after an error or in time. */
export async function whenReady(
  socket: Duplex,
  ready: string,
  { what, timeoutMs, signal }: { readonly what: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = (): void => reject(new ProbeFailure("ended", `closed during ${what}`));
  const onAbort = (): void => reject(new ProbeFailure("aborted", "the scan was stopped"));
  const timer = setTimeout(
    () => reject(new ProbeFailure("timeout", `${what} got no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once(ready, resolve).once("error", reject).once("close", onClose);
  try {
    await promise;
  } catch (error) {
    // A late error of a destroyed socket has nobody to go to.
    socket.on("error", () => undefined).destroy();
    throw failureOf(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    socket.off(ready, resolve).off("error", reject).off("close", onClose);
  }
}
