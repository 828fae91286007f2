import { useSignal } from "@preact/signals";
import type { JSX, TargetedSubmitEvent } from "preact";
import { protectionOf, protectionWords } from "../../protection-words.ts";
import { isRoomKind, type RoomKind, roomIdFrom } from "../../state/address.ts";
import type { Session } from "../../state/session.ts";
import { Dialog } from "../dialog.tsx";

const kinds: readonly { readonly kind: RoomKind; readonly name: string }[] = [
  { kind: "lobby", name: "Lobby" },
  { kind: "room", name: "Room" },
];

/** Joins a room by its name; one that nobody is in yet is made by joining it. */
export function JoinDialog({ session }: { readonly session: Session }): JSX.Element {
  const { rooms, dialogs } = session;
  const typed = useSignal("");
  const error = useSignal("");
  const roomId = roomIdFrom(typed.value);
  const join = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const kind = new FormData(event.currentTarget).get("kind");
    if (roomId === "" || !isRoomKind(kind)) {
      error.value = "A room's name needs at least one letter from a to z or a digit.";
      return;
    }
    dialogs.close();
    rooms.open({ kind, roomId });
  };
  return (
    <Dialog title="Join or make a room" onClose={dialogs.close}>
      <form class="form" onSubmit={join}>
        <label class="field">
          <span>Name of the room</span>
          <input
            name="name"
            type="text"
            autocomplete="off"
            autofocus
            maxLength={120}
            aria-invalid={error.value !== ""}
            aria-describedby="join-address join-error"
            onInput={(event) => {
              typed.value = event.currentTarget.value;
              error.value = "";
            }}
          />
        </label>
        <p id="join-address" class="hint">
          {roomId === "" ? "A room is there as soon as somebody is in it." : `Others find it as ${roomId}`}
        </p>
        <p id="join-error" class="field-error" role="alert">
          {error}
        </p>
        <KindChoice />
        <div class="form-actions">
          <button type="button" class="button" onClick={dialogs.close}>
            Cancel
          </button>
          <button type="submit" class="button" data-kind="primary">
            Join
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function KindChoice(): JSX.Element {
  return (
    <fieldset class="choices">
      <legend>Kind</legend>
      {kinds.map(({ kind, name }, index) => (
        <label key={kind} class="choice">
          <input type="radio" name="kind" value={kind} defaultChecked={index === 0} />
          <span class="choice-name">{name}</span>
          <span class="hint">{protectionWords[protectionOf(kind)].name}</span>
        </label>
      ))}
    </fieldset>
  );
}
