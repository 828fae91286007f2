import type { JSX } from "preact";
import { connectionWords } from "../connection-words.ts";
import type { Chat } from "../state/chat.ts";
import type { ConnectionView } from "../state/connection.ts";

interface ConnectionLineProps {
  readonly chat: Chat;
  readonly connection: ConnectionView;
}

/** How the connection is and what happens next. Its place is always there, so nothing moves when the words change. */
export function ConnectionLine({ chat, connection }: ConnectionLineProps): JSX.Element {
  const { tone, now, next, remedy } = connectionWords(connection.state.value, connection.secondsLeft.value);
  return (
    <div class="connection" data-tone={tone}>
      <span class="connection-dot" aria-hidden="true" />
      <p role="status" aria-label="Connection" class="connection-words">
        <span dir="auto">{now}</span>
        {/* Counts every second: for the eye only, else it would be read out every second too. */}
        <span aria-hidden="true" class="connection-next">
          {next}
        </span>
      </p>
      {remedy === "try-now" && (
        <button type="button" class="button" data-size="small" onClick={() => connection.tryNow()}>
          Try now
        </button>
      )}
      {remedy === "connect-again" && (
        <button type="button" class="button" data-size="small" onClick={chat.connectAgain}>
          Connect again
        </button>
      )}
      {remedy === "sign-in-again" && (
        <button type="button" class="button" data-size="small" onClick={chat.signInAgain}>
          Sign in again
        </button>
      )}
    </div>
  );
}
