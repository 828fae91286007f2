import { Component, type JSX } from "preact";
import { type ChatMessage, seamBefore } from "../../state/room/timeline.ts";
import { clockTime, fullTime, namedDay } from "../../times.ts";
import { Avatar, hueOf } from "../avatar.tsx";

interface MessageItemProps {
  readonly message: ChatMessage;
  readonly previous: ChatMessage | undefined;
  readonly isOwn: boolean;
}

/** One message with what stands before it. A message never changes, so of a thousand only the new ones are drawn. */
export class MessageItem extends Component<MessageItemProps> {
  override shouldComponentUpdate(next: MessageItemProps): boolean {
    const { message, previous } = this.props;
    return next.message !== message || next.previous !== previous;
  }

  override render({ message, previous, isOwn }: MessageItemProps): JSX.Element {
    const { gap, newDay, continues } = seamBefore(message, previous);
    const name = message.sender?.user ?? "wardwire";
    return (
      <div class="entry">
        {newDay && <p class="day">{namedDay(message.at, Date.now())}</p>}
        {gap && <p class="gap">Some messages could not be recovered.</p>}
        <article class="message" data-own={isOwn || undefined} data-continues={continues || undefined}>
          {!isOwn && <Avatar name={name} />}
          <div class="message-body">
            <p class={continues ? "visually-hidden" : "message-head"}>
              <span class="message-sender" data-hue={hueOf(name)} dir="auto">
                {isOwn ? "You" : name}
              </span>{" "}
              <time dateTime={new Date(message.at).toISOString()} title={fullTime(message.at)}>
                {clockTime(message.at)}
              </time>
            </p>
            <p class="bubble" dir="auto">
              {message.text}
            </p>
          </div>
        </article>
      </div>
    );
  }
}
