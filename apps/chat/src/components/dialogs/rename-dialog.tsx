import { useSignal } from "@preact/signals";
import type { JSX, TargetedSubmitEvent } from "preact";
import type { Room } from "../../state/room/room.ts";
import type { Session } from "../../state/session.ts";
import { sentenceFor } from "../../words.ts";
import { Dialog } from "../dialog.tsx";

interface RenameDialogProps {
  readonly session: Session;
  readonly room: Room;
}

/** Gives a room another title, for everyone who is in it. */
export function RenameDialog({ session, room }: RenameDialogProps): JSX.Element {
  const { rooms, dialogs } = session;
  const error = useSignal("");
  const isBusy = useSignal(false);
  const rename = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget).get("title") ?? "").trim();
    if (title === "" || isBusy.value) return;
    isBusy.value = true;
    error.value = "";
    try {
      await rooms.rename(room, title);
      dialogs.close();
    } catch (cause) {
      error.value = sentenceFor(cause);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <Dialog title="Rename this room" onClose={dialogs.close}>
      <form class="form" onSubmit={rename}>
        <label class="field">
          <span>New title</span>
          <input
            name="title"
            type="text"
            autocomplete="off"
            required
            autofocus
            maxLength={80}
            defaultValue={rooms.titleOf(room.address)}
            aria-invalid={error.value !== ""}
            aria-describedby="rename-error"
          />
        </label>
        <p class="hint">Everyone who is here now sees the new title and is told about it.</p>
        <p id="rename-error" class="field-error" role="alert">
          {error}
        </p>
        <div class="form-actions">
          <button type="button" class="button" onClick={dialogs.close}>
            Cancel
          </button>
          <button type="submit" class="button" data-kind="primary" aria-disabled={isBusy}>
            {isBusy.value ? "Renaming…" : "Rename"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
