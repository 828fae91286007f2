import type { JSX } from "preact";
import type { OutgoingMessage, OutgoingMessages } from "../../state/room/outgoing.ts";
import { sentenceFor } from "../../words.ts";

interface OutgoingItemProps {
  readonly message: OutgoingMessage;
  readonly outgoing: OutgoingMessages;
}

/** A message on its way; when it did not get through, why, and what to do with it. */
export function OutgoingItem({ message: { key, text, error }, outgoing }: OutgoingItemProps): JSX.Element {
  const isFailed = error !== undefined;
  return (
    <div class="entry">
      <article class="message" data-own data-pending={!isFailed || undefined} data-failed={isFailed || undefined}>
        <div class="message-body">
          <p class="message-head">{isFailed ? "Not sent" : "Sending…"}</p>
          <p class="bubble" dir="auto">
            {text}
          </p>
          {isFailed && (
            <div class="message-failure" role="alert">
              <p>{sentenceFor(error)}</p>
              <div class="message-actions">
                <button type="button" class="button" data-size="small" onClick={() => outgoing.retry(key)}>
                  Try again
                </button>
                <button type="button" class="button" data-size="small" onClick={() => outgoing.discard(key)}>
                  Discard
                </button>
              </div>
            </div>
          )}
        </div>
      </article>
    </div>
  );
}
