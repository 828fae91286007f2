import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Chat } from "../state/chat.ts";
import type { Session } from "../state/session.ts";
import { Avatar } from "./avatar.tsx";
import { ConnectionLine } from "./connection-line.tsx";
import { OpenDialog } from "./dialogs/open-dialog.tsx";
import { Icon } from "./icon.tsx";
import { PeopleList } from "./people-list.tsx";
import { RoomView } from "./room/room-view.tsx";
import { RoomList } from "./room-list.tsx";
import { ToastList } from "./toast-list.tsx";

interface ChatPageProps {
  readonly chat: Chat;
  readonly session: Session;
}

/** The chat of a person who is signed in: rooms, messages, people. What has no room aside is behind a button. */
export function ChatPage({ chat, session }: ChatPageProps): JSX.Element {
  const { rooms, person, dialogs, connection, toasts } = session;
  const room = rooms.selected.value;
  return (
    <div class="chat">
      <header class="bar">
        <p class="brand">
          <Icon name="shield" /> wardwire <span class="brand-rest">chat</span>
        </p>
        <ConnectionLine chat={chat} connection={connection} />
        <button type="button" class="account-button" aria-haspopup="dialog" onClick={() => dialogs.show("account")}>
          <Avatar name={person.name} />
          <span class="visually-hidden">You: </span>
          <span class="account-name" dir="auto">
            {person.name}
          </span>
        </button>
      </header>
      <nav class="rooms" aria-label="Rooms">
        <RoomList session={session} />
      </nav>
      {room === undefined ? (
        <NoRoom onJoin={() => dialogs.show("join")} />
      ) : (
        <RoomView key={room} session={session} room={room} />
      )}
      <aside class="people" aria-label="People in this room">
        {room !== undefined && <PeopleList session={session} room={room} />}
      </aside>
      <OpenDialog chat={chat} session={session} />
      <ToastList toasts={toasts} />
    </div>
  );
}

/** Stands where a room would. The focus is where the next step is: it was in the room that has just been left. */
function NoRoom({ onJoin }: { readonly onJoin: () => void }): JSX.Element {
  const join = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => join.current?.focus(), []);
  return (
    <main class="room" data-empty>
      <div class="empty">
        <h1>You are in no room</h1>
        <p>Join one, or make one: a room is there as soon as somebody is in it.</p>
        <button ref={join} type="button" class="button" data-kind="primary" onClick={onJoin}>
          Join or make a room
        </button>
      </div>
    </main>
  );
}
