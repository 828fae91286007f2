import { demo } from "@wardwire/contracts/demo";
import type { JSX } from "preact";
import { protectionWords } from "../../protection-words.ts";
import type { Room } from "../../state/room/room.ts";
import type { Session } from "../../state/session.ts";
import { Dialog } from "../dialog.tsx";

interface ProtectionDialogProps {
  readonly session: Session;
  readonly room: Room;
}

/** What protects a room, and what it is not protected against. */
export function ProtectionDialog({ session, room }: ProtectionDialogProps): JSX.Element {
  const words = protectionWords[demo.definition.channels[room.address.kind].protection];
  return (
    <Dialog title="What protects this room" onClose={session.dialogs.close}>
      <div class="prose">
        <p>
          <strong>{words.name}.</strong> {words.summary}
        </p>
        <h3>It protects against</h3>
        <ul class="ticks">
          {words.protectsAgainst.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <h3>It does not protect against</h3>
        <ul class="crosses">
          {words.doesNotProtectAgainst.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
