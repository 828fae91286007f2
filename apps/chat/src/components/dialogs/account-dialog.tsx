import type { JSX } from "preact";
import type { Chat } from "../../state/chat.ts";
import { peopleIn } from "../../state/room/people.ts";
import type { Session } from "../../state/session.ts";
import { clockTime } from "../../times.ts";
import { Dialog } from "../dialog.tsx";

interface AccountDialogProps {
  readonly chat: Chat;
  readonly session: Session;
}

/** Who one is here, on which devices, and the way out. */
export function AccountDialog({ chat, session }: AccountDialogProps): JSX.Element {
  const { person, rooms, dialogs } = session;
  const present = rooms.list.value.flatMap((room) => room.present.value);
  const devices = peopleIn(present, person.name).find(({ isMe }) => isMe)?.devices ?? [];
  return (
    <Dialog title="You" onClose={dialogs.close}>
      <div class="prose">
        <p>
          Signed in as <strong dir="auto">{person.name}</strong>.
        </p>
        <h3>Your devices in these rooms</h3>
        {devices.length === 0 ? (
          <p class="hint">None is connected right now.</p>
        ) : (
          <ul class="own-devices">
            {devices.map(({ device, connections, since }) => (
              <li key={device}>
                <span dir="auto">{device}</span>
                {device === person.device && <span class="you"> this one</span>}
                <span class="hint">
                  since {clockTime(since)}
                  {connections > 1 && `, ${connections} tabs`}
                </span>
              </li>
            ))}
          </ul>
        )}
        <p class="hint">
          This browser remembers your name and your rooms, never a token. Signing out forgets them in every tab.
        </p>
      </div>
      <div class="form-actions">
        <button type="button" class="button" onClick={chat.signOut}>
          Sign out
        </button>
      </div>
    </Dialog>
  );
}
