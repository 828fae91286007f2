import { type ReadonlySignal, signal } from "@preact/signals";

/** The dialogs of the page. */
export type DialogName = "join" | "rename" | "protection" | "account" | "rooms" | "people";

/** Which dialog is open: one at a time. */
export interface Dialogs {
  readonly open: ReadonlySignal<DialogName | undefined>;
  show(name: DialogName): void;
  close(): void;
}

export function createDialogs(): Dialogs {
  const open = signal<DialogName | undefined>(undefined);
  return {
    open,
    show: (name) => {
      open.value = name;
    },
    close: () => {
      open.value = undefined;
    },
  };
}
