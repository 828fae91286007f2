/** How close to the end counts as the end, in CSS pixels. */
const nearPx = 48;

/**
 * Keeps a scrolling element at its end while content comes and goes, until somebody scrolls up. While it holds, the
 * element has the attribute `data-holding`, for which the style sheet switches scroll anchoring off: the browser then
 * moves nothing by itself, so that moving up can only be somebody's wish.
 */
export class BottomHold {
  readonly #scroller: HTMLElement;
  readonly #observer: ResizeObserver;
  readonly #stop = new AbortController();
  readonly #onBottom: () => void;
  #isHolding = true;
  /** On the way to the end because somebody asked for it, while an earlier scroll may still be moving. */
  #isReturning = false;
  #lastTop = 0;

  /** @param onBottom Called whenever the end is reached again. */
  constructor(scroller: HTMLElement, content: HTMLElement, onBottom: () => void) {
    this.#scroller = scroller;
    this.#onBottom = onBottom;
    this.#observer = new ResizeObserver(() => this.#settle());
    this.#observer.observe(scroller);
    this.#observer.observe(content);
    const { signal } = this.#stop;
    scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true, signal });
    scroller.addEventListener("scrollend", () => this.#onScrollEnd(), { passive: true, signal });
    for (const input of ["keydown", "wheel", "touchmove"]) {
      scroller.addEventListener(input, () => this.#stopReturning(), { passive: true, signal });
    }
    this.#hold(true);
    this.#settle();
  }

  /** Whether the newest content is in view and stays there. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Goes to the end and stays there. */
  toBottom(): void {
    this.#hold(true);
    this.#return();
    this.#onBottom();
  }

  /** Stops watching. */
  release(): void {
    this.#observer.disconnect();
    this.#stop.abort();
  }

  #hold(isHolding: boolean): void {
    this.#isHolding = isHolding;
    this.#scroller.toggleAttribute("data-holding", isHolding);
  }

  #settle(): void {
    if (this.#isHolding) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#lastTop = this.#scroller.scrollTop;
  }

  #onScroll(): void {
    const { scrollTop } = this.#scroller;
    // At once, however near the end is still: what resizes while a key scrolls smoothly must not pull it back.
    if (scrollTop < this.#lastTop && this.#toEnd > 1 && !this.#isReturning) this.#hold(false);
    else if (scrollTop > this.#lastTop) this.#holdNear();
    this.#lastTop = scrollTop;
  }

  #onScrollEnd(): void {
    if (this.#isReturning) this.#return();
    else this.#holdNear();
  }

  /** Goes to the end, again and again where an earlier scroll moves on meanwhile. */
  #return(): void {
    this.#isReturning = this.#toEnd > 1;
    this.#settle();
  }

  #stopReturning(): void {
    this.#isReturning = false;
  }

  #holdNear(): void {
    if (this.#isHolding || this.#toEnd > nearPx) return;
    this.#hold(true);
    this.#onBottom();
  }

  get #toEnd(): number {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return scrollHeight - clientHeight - scrollTop;
  }
}
