/** A stretch of time, by `performance.now()`. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const tickMs = 5;
const leastMs = 10;

/**
 * Notices when the machine lets this process not run: a timer is late, and the process has used no CPU meanwhile. On a
 * shared machine both phases of a measurement meet such moments by chance, and they say nothing of who is measured. A
 * process that is busy itself, collecting garbage for example, does use CPU and is not excused.
 */
export class LostTime implements Disposable {
  readonly #spans: Span[] = [];
  readonly #timer: NodeJS.Timeout;
  #lostMs = 0;
  #ticked: { readonly at: number; readonly cpuMs: number } = { at: performance.now(), cpuMs: cpuMs() };

  constructor() {
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  /** So far. */
  get lostMs(): number {
    return this.#lostMs;
  }

  /** Whether something that took this long was held up: by lost time, or by what had piled up in it. */
  heldUp({ from, to }: Span): boolean {
    return this.#spans.some((span) => from < span.to && to > span.from);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const before = this.#ticked;
    this.#ticked = { at: performance.now(), cpuMs: cpuMs() };
    const lostMs = this.#ticked.at - before.at - tickMs - (this.#ticked.cpuMs - before.cpuMs);
    if (lostMs < leastMs) return;
    this.#lostMs += lostMs;
    this.#spans.push({ from: before.at, to: this.#ticked.at + lostMs });
  }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
