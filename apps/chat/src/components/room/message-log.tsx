import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Room } from "../../state/room/room.ts";
import { Icon } from "../icon.tsx";
import { BottomHold } from "./bottom-hold.ts";
import { MessageItem } from "./message-item.tsx";
import { OutgoingItem } from "./outgoing-item.tsx";

interface MessageLogProps {
  readonly room: Room;
  readonly me: string;
  readonly title: string;
}

/** What was said in a room. It stays at the newest message while one is there, and where one reads otherwise. */
export function MessageLog({ room, me, title }: MessageLogProps): JSX.Element {
  const log = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const hold = useRef<BottomHold>(undefined);
  const hasNew = useSignal(false);
  const messages = room.messages.value;
  const outgoing = room.outgoing.list.value;

  useEffect(() => {
    if (log.current === null || content.current === null) return undefined;
    hold.current = new BottomHold(log.current, content.current, () => {
      hasNew.value = false;
    });
    return () => hold.current?.release();
  }, [hasNew]);
  // One's own message is always worth seeing; those of others only tell that they are there.
  useLayoutEffect(() => {
    if (outgoing.length > 0) hold.current?.toBottom();
  }, [outgoing.length]);
  const newest = messages.at(-1)?.id;
  useLayoutEffect(() => {
    if (newest !== undefined && hold.current?.isHolding === false) hasNew.value = true;
  }, [newest, hasNew]);

  return (
    <div class="log-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div ref={log} class="log" role="log" aria-label={`Messages in ${title}`} aria-busy={room.isLoading} tabIndex={0}>
        <div ref={content} class="log-content">
          <Beginning room={room} />
          {messages.map((message, index) => (
            <MessageItem
              key={message.id}
              message={message}
              previous={messages[index - 1]}
              isOwn={message.sender?.user === me}
            />
          ))}
          {outgoing.map((message) => (
            <OutgoingItem key={message.key} message={message} outgoing={room.outgoing} />
          ))}
        </div>
      </div>
      {hasNew.value && (
        <button type="button" class="new-messages" onClick={() => hold.current?.toBottom()}>
          New messages <Icon name="down" />
        </button>
      )}
    </div>
  );
}

/** What stands above the first message. */
function Beginning({ room }: { readonly room: Room }): JSX.Element {
  return <p class="beginning">{beginningWords(room)}</p>;
}

function beginningWords(room: Room): string {
  const { phase } = room.status.value;
  if (phase === "joining") return "Joining…";
  if (room.isLoading.value) return "Fetching what was said before…";
  if (room.messages.value.length > 0) return "This is as far back as messages are kept.";
  return phase === "closed"
    ? "You are not in this room."
    : "Nothing has been said here in the past hour. Be the first.";
}
