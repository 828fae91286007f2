import type { JSX } from "preact";
import { type PresentPerson, peopleIn } from "../state/room/people.ts";
import type { Room } from "../state/room/room.ts";
import type { Session } from "../state/session.ts";
import { Avatar } from "./avatar.tsx";

interface PeopleListProps {
  readonly session: Session;
  readonly room: Room;
}

/** Who is in a room, and on which devices. */
export function PeopleList({ session, room }: PeopleListProps): JSX.Element {
  const people = peopleIn(room.present.value, session.person.name);
  const isCurrent = session.connection.state.value.phase === "connected";
  return (
    <>
      <h2 class="side-title">
        People <span class="count">{people.length}</span>
      </h2>
      <ul class="people-list">
        {people.map((person) => (
          <li key={person.user} class="person">
            <Avatar name={person.user} />
            <div class="person-words">
              <p class="person-name">
                <span dir="auto">{person.user}</span>
                {person.isMe && <span class="you"> you</span>}
              </p>
              <Devices person={person} />
            </div>
          </li>
        ))}
      </ul>
      <p class="fine-print">{isCurrent || people.length === 0 ? "" : "As it was before the connection broke."}</p>
    </>
  );
}

function Devices({ person }: { readonly person: PresentPerson }): JSX.Element {
  return (
    <ul class="devices">
      {person.devices.map(({ device, connections }) => (
        <li key={device} dir="auto">
          {device}
          {connections > 1 && ` · ${connections} tabs`}
        </li>
      ))}
    </ul>
  );
}
