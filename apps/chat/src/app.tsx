import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { ChatPage } from "./components/chat-page.tsx";
import { SignIn } from "./components/sign-in.tsx";
import type { Chat } from "./state/chat.ts";

/** The whole page: the sign-in, or the chat. */
export function App({ chat }: { readonly chat: Chat }): JSX.Element {
  useSignalEffect(() => {
    document.title = pageTitle(chat);
  });
  const screen = chat.screen.value;
  return screen.phase === "signed-in" ? (
    <ChatPage key={screen.session} chat={chat} session={screen.session} />
  ) : (
    <SignIn chat={chat} name={screen.name} reason={screen.reason} />
  );
}

function pageTitle({ screen: { value: screen } }: Chat): string {
  if (screen.phase === "signed-out") return "Sign in · wardwire chat";
  const { rooms } = screen.session;
  const room = rooms.selected.value;
  const unread = rooms.unread.value;
  const title = room === undefined ? "wardwire chat" : `${rooms.titleOf(room.address)} · wardwire chat`;
  return unread === 0 ? title : `(${unread}) ${title}`;
}
