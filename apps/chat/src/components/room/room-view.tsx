import type { JSX } from "preact";
import { protectionOf, protectionWords } from "../../protection-words.ts";
import { peopleIn } from "../../state/room/people.ts";
import type { Room } from "../../state/room/room.ts";
import type { Session } from "../../state/session.ts";
import { sentenceFor } from "../../words.ts";
import { Icon } from "../icon.tsx";
import { Composer } from "./composer.tsx";
import { MessageLog } from "./message-log.tsx";

interface RoomViewProps {
  readonly session: Session;
  readonly room: Room;
}

/** One room: what it is, what was said, and where to say something. */
export function RoomView({ session, room }: RoomViewProps): JSX.Element {
  const title = session.rooms.titleOf(room.address);
  return (
    <main class="room" aria-label={title}>
      <RoomHead session={session} room={room} title={title} />
      <MessageLog room={room} me={session.person.name} title={title} />
      <ClosedNotice session={session} room={room} />
      <Composer room={room} title={title} />
    </main>
  );
}

function RoomHead({ session, room, title }: RoomViewProps & { readonly title: string }): JSX.Element {
  const { dialogs, rooms, person } = session;
  const protection = protectionWords[protectionOf(room.address.kind)];
  const present = peopleIn(room.present.value, person.name).length;
  const elsewhere = rooms.unread.value - room.unread.value;
  return (
    <header class="room-head">
      <div class="room-name">
        <h1 dir="auto">{title}</h1>
        <button
          type="button"
          class="room-switch"
          aria-haspopup="dialog"
          aria-label={`Rooms: you are in ${title}`}
          onClick={() => dialogs.show("rooms")}
        >
          <span dir="auto">{title}</span>
          <Icon name="chevron" />
          {elsewhere > 0 && <span class="badge">{elsewhere > 99 ? "99+" : elsewhere}</span>}
        </button>
        <button type="button" class="protection" aria-haspopup="dialog" onClick={() => dialogs.show("protection")}>
          <Icon name="shield" /> {protection.name}
        </button>
      </div>
      <div class="room-actions">
        <button
          type="button"
          class="icon-button"
          data-narrow
          aria-haspopup="dialog"
          aria-label={`People: ${present}`}
          onClick={() => dialogs.show("people")}
        >
          <Icon name="people" /> <span aria-hidden="true">{present}</span>
        </button>
        <button
          type="button"
          class="icon-button"
          aria-haspopup="dialog"
          aria-label="Rename this room"
          title="Rename this room"
          onClick={() => dialogs.show("rename")}
        >
          <Icon name="pencil" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Leave this room"
          title="Leave this room"
          onClick={() => rooms.leave(room)}
        >
          <Icon name="leave" />
        </button>
      </div>
    </header>
  );
}

/** Why one is not in the room. When the whole connection has ended, the line above says it for all rooms. */
function ClosedNotice({ session, room }: RoomViewProps): JSX.Element | null {
  const status = room.status.value;
  if (status.phase !== "closed" || session.connection.state.value.phase === "closed") return null;
  return (
    <div class="room-closed" role="alert">
      <p>{sentenceFor(status.error)}</p>
      <button type="button" class="button" data-size="small" onClick={() => room.join()}>
        Join again
      </button>
    </div>
  );
}
