import type { JSX } from "preact";
import type { Room } from "../state/room/room.ts";
import type { Session } from "../state/session.ts";
import { Icon } from "./icon.tsx";

/** The rooms one is in, each a button, and the way to another. */
export function RoomList({ session }: { readonly session: Session }): JSX.Element {
  const { rooms, dialogs } = session;
  return (
    <>
      <h2 class="side-title">Rooms</h2>
      <ul class="room-list">
        {rooms.list.value.map((room) => (
          <li key={room}>
            <RoomButton session={session} room={room} />
          </li>
        ))}
      </ul>
      <button type="button" class="button" data-wide aria-haspopup="dialog" onClick={() => dialogs.show("join")}>
        <Icon name="plus" /> Join or make a room
      </button>
    </>
  );
}

function RoomButton({ session, room }: { readonly session: Session; readonly room: Room }): JSX.Element {
  const { rooms, dialogs } = session;
  const unread = room.unread.value;
  const open = (): void => {
    rooms.select(room);
    if (dialogs.open.value === "rooms") dialogs.close();
  };
  return (
    <button
      type="button"
      class="room-button"
      aria-current={rooms.selected.value === room ? "true" : undefined}
      onClick={open}
    >
      <span class="room-button-title" dir="auto">
        {rooms.titleOf(room.address)}
      </span>
      <span class="room-button-kind">
        {room.address.kind}
        {room.status.value.phase === "closed" && " · closed"}
      </span>
      {unread > 0 && (
        <span class="badge">
          {unread > 99 ? "99+" : unread}
          <span class="visually-hidden"> unread</span>
        </span>
      )}
    </button>
  );
}
