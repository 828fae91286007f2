import { type ReadonlySignal, signal } from "@preact/signals";

/** Whether a document can be seen, from now on. */
export function followVisibility(page: Document): ReadonlySignal<boolean> {
  const isVisible = signal(page.visibilityState === "visible");
  page.addEventListener("visibilitychange", () => {
    isVisible.value = page.visibilityState === "visible";
  });
  return isVisible;
}
