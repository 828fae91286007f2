import type { ComponentChildren, JSX, TargetedMouseEvent } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/**
 * A modal dialog that is open while it is mounted. Escape, the button and a click beside it close it; the focus then
 * goes back to where it was.
 */
export function Dialog({ title, onClose, children }: DialogProps): JSX.Element {
  const titleId = useId();
  const element = useRef<HTMLDialogElement>(null);
  // A layout effect, because its end comes while the dialog is still in the document: only then does the focus go back.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  // The event comes a moment later; by then another dialog may have taken the place of this one.
  const onClosed = (): void => {
    if (element.current !== null) onClose();
  };
  const closeFromBeside = (event: TargetedMouseEvent<HTMLDialogElement>): void => {
    if (event.target === event.currentTarget) onClose();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a modal dialog by itself.
    <dialog ref={element} class="dialog" aria-labelledby={titleId} onClose={onClosed} onClick={closeFromBeside}>
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
