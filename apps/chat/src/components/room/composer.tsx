import type { JSX, TargetedKeyboardEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Room } from "../../state/room/room.ts";
import { Icon } from "../icon.tsx";

interface ComposerProps {
  readonly room: Room;
  readonly title: string;
}

/** The contract's bound, in code points after NFC. */
const maxLength = 2_000;

/** From here on it is told how much room is left. */
const nearlyFull = 1_800;

/** Where messages are written: Enter sends, Shift and Enter breaks the line. What is not sent stays with its room. */
export function Composer({ room, title }: ComposerProps): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null);
  const text = room.draft.value;
  const length = [...text.trim().normalize("NFC")].length;
  const canSend = length > 0 && length <= maxLength && room.status.value.phase !== "closed";
  // On a touch screen the focus would bring up the keyboard, and hide what is to be read.
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  const send = (event: Event): void => {
    event.preventDefault();
    if (!canSend) return;
    room.outgoing.send(text.trim());
    room.draft.value = "";
    field.current?.focus();
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    // While an input method composes, Enter chooses a word.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  };
  return (
    <form class="composer" onSubmit={send}>
      <label class="visually-hidden" for="message">
        Message to {title}
      </label>
      <textarea
        id="message"
        ref={field}
        rows={1}
        dir="auto"
        placeholder="Write a message"
        value={text}
        aria-invalid={length > maxLength}
        aria-describedby="message-room"
        onInput={(event) => {
          room.draft.value = event.currentTarget.value;
        }}
        onKeyDown={onKeyDown}
      />
      <button type="submit" class="send" aria-label="Send" aria-disabled={!canSend}>
        <Icon name="send" />
      </button>
      <p id="message-room" class="composer-note" data-over={length > maxLength || undefined} role="status">
        {roomLeft(length)}
      </p>
    </form>
  );
}

function roomLeft(length: number): string {
  if (length <= nearlyFull) return "";
  const left = maxLength - length;
  return left >= 0 ? `${left} characters left` : `${-left} characters too many`;
}
