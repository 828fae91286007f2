import { useSignal } from "@preact/signals";
import type { JSX, TargetedSubmitEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Chat, SignedOutReason } from "../state/chat.ts";
import { sentenceFor } from "../words.ts";
import { Icon } from "./icon.tsx";

interface SignInProps {
  readonly chat: Chat;
  readonly name: string;
  readonly reason: SignedOutReason | undefined;
}

const reasons: Readonly<Record<SignedOutReason, string>> = {
  "other-tab": "You signed out in another tab.",
  ended: "Your sign-in ended. Sign in again to go on.",
};

/** Asks for a name, which is all it takes while developing. */
export function SignIn({ chat, name, reason }: SignInProps): JSX.Element {
  const error = useSignal("");
  const isBusy = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  // The attribute for it works only while the page loads, not after a sign-out.
  useEffect(() => field.current?.focus(), []);
  const signIn = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get("name");
    if (isBusy.value) return;
    isBusy.value = true;
    error.value = "";
    try {
      await chat.signIn(typeof given === "string" ? given : "");
    } catch (cause) {
      error.value = sentenceFor(cause);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <p class="brand">
          <Icon name="shield" /> wardwire chat
        </p>
        <h1>Come in</h1>
        <p class="notice" role="status">
          {reason === undefined ? "Choose a name. The others in a room will see it." : reasons[reason]}
        </p>
        <form onSubmit={signIn}>
          <label class="field">
            <span>Your name</span>
            <input
              ref={field}
              name="name"
              type="text"
              defaultValue={name}
              required
              autoComplete="nickname"
              autoCapitalize="off"
              spellcheck={false}
              aria-invalid={error.value !== ""}
              aria-describedby="sign-in-error"
            />
          </label>
          <p id="sign-in-error" class="field-error" role="alert">
            {error}
          </p>
          <button type="submit" class="button" data-kind="primary" aria-disabled={isBusy}>
            {isBusy.value ? "Signing in…" : "Sign in"}
          </button>
        </form>
        <p class="fine-print">
          This is a development server: it asks for no password, so anyone who can open this page can take any name.
        </p>
      </div>
    </main>
  );
}
