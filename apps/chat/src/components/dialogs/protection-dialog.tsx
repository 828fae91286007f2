import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { protectionOf, protectionWords } from "../../protection-words.ts";
import type { Room } from "../../state/room/room.ts";
import type { Session } from "../../state/session.ts";
import { Dialog } from "../dialog.tsx";
import type { SealSection, SealSectionProps } from "../seal/seal-section.tsx";

interface ProtectionDialogProps {
  readonly session: Session;
  readonly room: Room;
}

/** What protects a room, and what it is not protected against. */
export function ProtectionDialog({ session, room }: ProtectionDialogProps): JSX.Element {
  const { connection, dialogs } = session;
  const protection = protectionOf(room.address.kind);
  const words = protectionWords[protection];
  const security = connection.security.value;
  return (
    <Dialog title="What protects this room" onClose={dialogs.close}>
      <div class="prose">
        <p>
          <strong>{words.name}.</strong> {words.summary}
        </p>
        {protection === "transport" && security?.protection === "sealed" && (
          <p>
            Your own connection to the server is sealed, so a proxy between you and the server does not read along.
            Others in this room may be connected without a seal: that is the difference to a room that is sealed.
          </p>
        )}
        {protection === "sealed" && security?.protection === "sealed" && (
          <Seal seal={security} isCurrent={connection.state.value.phase === "connected"} />
        )}
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

/** Comes with the script of sealed connections: there whenever a connection has been sealed, and on no page without. */
function Seal(props: SealSectionProps): JSX.Element | null {
  const loaded = useSignal<typeof SealSection>();
  useLayoutEffect(() => {
    void import("../seal/seal-section.tsx").then(({ SealSection }) => {
      loaded.value = SealSection;
    });
  }, []);
  return loaded.value === undefined ? null : <loaded.value {...props} />;
}
