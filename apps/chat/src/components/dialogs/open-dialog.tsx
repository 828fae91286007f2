import type { JSX } from "preact";
import type { Chat } from "../../state/chat.ts";
import type { Session } from "../../state/session.ts";
import { Dialog } from "../dialog.tsx";
import { PeopleList } from "../people-list.tsx";
import { RoomList } from "../room-list.tsx";
import { AccountDialog } from "./account-dialog.tsx";
import { JoinDialog } from "./join-dialog.tsx";
import { ProtectionDialog } from "./protection-dialog.tsx";
import { RenameDialog } from "./rename-dialog.tsx";

interface OpenDialogProps {
  readonly chat: Chat;
  readonly session: Session;
}

/** The dialog that is open, if any. */
export function OpenDialog({ chat, session }: OpenDialogProps): JSX.Element | null {
  const { dialogs, rooms } = session;
  const room = rooms.selected.value;
  const name = dialogs.open.value;
  switch (name) {
    case undefined:
      return null;
    case "join":
      return <JoinDialog session={session} />;
    case "account":
      return <AccountDialog chat={chat} session={session} />;
    case "rooms":
      return (
        <Dialog title="Your rooms" onClose={dialogs.close}>
          <RoomList session={session} />
        </Dialog>
      );
    case "people":
      return (
        <Dialog title="In this room" onClose={dialogs.close}>
          {room !== undefined && <PeopleList session={session} room={room} />}
        </Dialog>
      );
    case "rename":
      return room === undefined ? null : <RenameDialog session={session} room={room} />;
    case "protection":
      return room === undefined ? null : <ProtectionDialog session={session} room={room} />;
    default:
      return name satisfies never;
  }
}
