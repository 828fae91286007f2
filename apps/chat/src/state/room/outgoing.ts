import { type ReadonlySignal, signal } from "@preact/signals";
import type { ChatChannel } from "../chat-client.ts";

/** A message on its way, or one that did not get through. */
export interface OutgoingMessage {
  /** The idempotency key: sending it again with the same key cannot make two messages of it. */
  readonly key: string;
  readonly text: string;
  /** Why it did not get through; absent while it is on its way. */
  readonly error?: unknown;
}

/** Messages that the gateway has not confirmed, in the order they were written. */
export interface OutgoingMessages {
  readonly list: ReadonlySignal<readonly OutgoingMessage[]>;
  send(text: string): void;
  /** Sends a message that did not get through once more. */
  retry(key: string): void;
  /** Gives up a message that did not get through. */
  discard(key: string): void;
}

/** @param channel Gives the room as it is joined now, or once it is; rejects when that will not be. */
export function createOutgoing(channel: () => ChatChannel | Promise<ChatChannel>): OutgoingMessages {
  const list = signal<readonly OutgoingMessage[]>([]);
  const replace = (key: string, next: readonly OutgoingMessage[]): void => {
    list.value = list.value.flatMap((message) => (message.key === key ? next : [message]));
  };
  const publish = async ({ key, text }: OutgoingMessage): Promise<void> => {
    try {
      const joined = await channel();
      await joined.publish({ text }, { key });
      replace(key, []);
    } catch (error) {
      replace(key, [{ key, text, error }]);
    }
  };
  return {
    list,
    send: (text) => {
      const message = { key: crypto.randomUUID(), text };
      list.value = [...list.value, message];
      void publish(message);
    },
    retry: (key) => {
      const message = list.value.find((each) => each.key === key);
      if (message?.error === undefined) return;
      const again = { key, text: message.text };
      replace(key, [again]);
      void publish(again);
    },
    discard: (key) => replace(key, []),
  };
}
