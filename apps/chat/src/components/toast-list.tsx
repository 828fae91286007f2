import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Toast, Toasts } from "../state/toasts.ts";
import { Icon } from "./icon.tsx";

/** Short messages on top of the page; it is always there, so that they are read out when they come. */
export function ToastList({ toasts }: { readonly toasts: Toasts }): JSX.Element {
  return (
    <div class="toasts" role="status" aria-label="Notices">
      {toasts.list.value.map((toast) => (
        <ToastCard key={toast.id} toast={toast} onDismiss={() => toasts.dismiss(toast.id)} />
      ))}
    </div>
  );
}

/** How long news stay; as long as the pointer or the focus is on them, they stay longer. */
const newsMs = 8_000;

function ToastCard({ toast, onDismiss }: { readonly toast: Toast; readonly onDismiss: () => void }): JSX.Element {
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (toast.tone === "error") return undefined;
    const timer = setInterval(() => {
      if (card.current?.matches(":hover, :focus-within") !== true) onDismiss();
    }, newsMs);
    return () => clearInterval(timer);
  }, [toast, onDismiss]);
  return (
    <div ref={card} class="toast" data-tone={toast.tone}>
      <p dir="auto">{toast.text}</p>
      <button type="button" class="icon-button" aria-label="Dismiss" onClick={onDismiss}>
        <Icon name="close" />
      </button>
    </div>
  );
}
