import { type ReadonlySignal, signal } from "@preact/signals";

/** A short message on top of the page. */
export interface Toast {
  readonly id: number;
  /** `news` goes away by itself; `error` stays until it is dismissed. */
  readonly tone: "news" | "error";
  readonly text: string;
}

/** The messages on top of the page, oldest first. */
export interface Toasts {
  readonly list: ReadonlySignal<readonly Toast[]>;
  show(tone: Toast["tone"], text: string): void;
  dismiss(id: number): void;
}

/** @param most How many are shown at once; older ones make room. */
export function createToasts(most = 3): Toasts {
  const list = signal<readonly Toast[]>([]);
  let lastId = 0;
  return {
    list,
    show: (tone, text) => {
      lastId += 1;
      const others = list.value.filter((toast) => toast.text !== text);
      list.value = [...others, { id: lastId, tone, text }].slice(-most);
    },
    dismiss: (id) => {
      list.value = list.value.filter((toast) => toast.id !== id);
    },
  };
}
