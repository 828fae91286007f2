import type { ReadonlySignal } from "@preact/signals";
import { roomRenamed } from "../words.ts";
import type { ChatClient } from "./chat-client.ts";
import { type ConnectionView, followConnection } from "./connection.ts";
import { createDialogs, type Dialogs } from "./dialogs.ts";
import type { Memory, Person } from "./memory.ts";
import { Rooms } from "./rooms.ts";
import { createToasts, type Toasts } from "./toasts.ts";

/** Everything of a person who is signed in, from sign-in to sign-out. */
export interface Session {
  readonly person: Person;
  readonly connection: ConnectionView;
  readonly rooms: Rooms;
  readonly toasts: Toasts;
  readonly dialogs: Dialogs;
  /** Closes the connection and forgets the token. */
  end(): Promise<void>;
}

/** Begins a session: connects, comes back to the rooms of the last visit. */
export function beginSession(
  person: Person,
  client: ChatClient,
  memory: Memory,
  isVisible: ReadonlySignal<boolean>,
): Session {
  const connection = followConnection(client);
  const toasts = createToasts();
  client.addEventListener("notification", ({ detail: { data } }) => {
    const { roomId, title } = data;
    const before = rooms.list.value.find(({ address }) => address.roomId === roomId);
    toasts.show("news", roomRenamed(before === undefined ? roomId : rooms.titleOf(before.address), title));
  });
  // Made after the listener above, which tells the title from before.
  const rooms = new Rooms(client, memory, isVisible);
  return {
    person,
    connection,
    rooms,
    toasts,
    dialogs: createDialogs(),
    end: async () => {
      rooms.stop();
      connection.stop();
      await client.logout();
    },
  };
}
