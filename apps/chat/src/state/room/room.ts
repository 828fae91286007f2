import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { ClientError } from "@wardwire/client";
import type { RoomAddress } from "../address.ts";
import type { ChatChannel, ChatClient } from "../chat-client.ts";
import { readHistory } from "./history.ts";
import { createOutgoing, type OutgoingMessages } from "./outgoing.ts";
import type { Presence } from "./people.ts";
import { followPresence } from "./presence.ts";
import { type ChatMessage, insertMessages } from "./timeline.ts";

/** How it stands with a room. */
export type RoomStatus =
  | { readonly phase: "joining" }
  | { readonly phase: "joined" }
  /** The gateway did not let us in, or put us out. */
  | { readonly phase: "closed"; readonly error: unknown };

/**
 * A room one is in, or wants to be in. Messages come from three sides and are kept in one order: the history at the join
 * and after a gap, the live ones, and those the client recovers after a reconnect.
 */
export class Room {
  readonly address: RoomAddress;
  /** Messages that are on their way or did not get through. */
  readonly outgoing: OutgoingMessages = createOutgoing(() => this.#channel ?? this.#entering.promise);
  /** What is being written and not sent. */
  readonly draft: Signal<string> = signal("");
  readonly #client: ChatClient;
  readonly #isWatched: () => boolean;
  readonly #status = signal<RoomStatus>({ phase: "joining" });
  readonly #messages = signal<readonly ChatMessage[]>([]);
  readonly #present = signal<readonly Presence[]>([]);
  readonly #unread = signal(0);
  readonly #isLoading = signal(true);
  #channel: ChatChannel | undefined;
  /** What is written while the room is being joined waits for this. */
  #entering = awaited<ChatChannel>();
  #stop = new AbortController();
  /** The connection was lost while the history was read; the next one is to read it. */
  #wantsHistory = false;

  /**
   * {@link join} enters it.
   *
   * @param isWatched Tells whether a person sees the room now; what arrives otherwise counts as unread.
   */
  constructor(client: ChatClient, address: RoomAddress, isWatched: () => boolean) {
    this.#client = client;
    this.address = address;
    this.#isWatched = isWatched;
  }

  get status(): ReadonlySignal<RoomStatus> {
    return this.#status;
  }
  /** Oldest first, at most as many as are kept. */
  get messages(): ReadonlySignal<readonly ChatMessage[]> {
    return this.#messages;
  }
  get present(): ReadonlySignal<readonly Presence[]> {
    return this.#present;
  }
  /** How many messages arrived while nobody looked. */
  get unread(): ReadonlySignal<number> {
    return this.#unread;
  }
  /** Whether the last messages from before the join are still being fetched. */
  get isLoading(): ReadonlySignal<boolean> {
    return this.#isLoading;
  }

  markRead(): void {
    this.#unread.value = 0;
  }

  /** Joins; also again after the room was closed. */
  join(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    batch(() => {
      this.#status.value = { phase: "joining" };
      this.#isLoading.value = true;
    });
    void this.#enter(this.#stop.signal);
  }

  /** Leaves for good. */
  leave(): void {
    this.#stop.abort();
    // Whatever becomes of it: the gateway forgets members whose connection is gone.
    this.#channel?.leave().catch(() => undefined);
  }

  async #enter(stopped: AbortSignal): Promise<void> {
    try {
      const { kind, roomId } = this.address;
      const channel = await this.#client.join(kind, { roomId }, { own: true, signal: stopped });
      this.#channel = channel;
      this.#entering.resolve(channel);
      this.#status.value = { phase: "joined" };
      followPresence(this.#client, channel, (present) => this.#onPresence(channel, present), stopped);
      channel.addEventListener("gap", () => void this.#load(channel), { signal: stopped });
      void this.#load(channel);
      await this.#follow(channel);
    } catch (error) {
      if (!stopped.aborted) this.#close(error);
    }
  }

  /** Reads until the room is over. What came too fast to be read is fetched from the history. */
  async #follow(channel: ChatChannel): Promise<void> {
    for (;;) {
      try {
        for await (const { sender, at, offset, id, data } of channel.messages) {
          this.#onMessage({ stream: channel.position.stream, offset, id, sender, at, text: data.text });
        }
        return;
      } catch (error) {
        if (codeOf(error) !== "overflow") throw error;
        void this.#load(channel);
      }
    }
  }

  async #load(channel: ChatChannel): Promise<void> {
    this.#wantsHistory = false;
    try {
      for await (const page of readHistory(channel)) this.#add(page);
    } catch (error) {
      // Without its history a room is still usable; what is missing shows as a gap.
      this.#wantsHistory = isLostConnection(error);
    } finally {
      this.#isLoading.value = false;
    }
  }

  #onMessage(message: ChatMessage): void {
    batch(() => {
      this.#add([message]);
      const { state } = this.#client;
      const isOwn = state.phase === "connected" && state.connection === message.sender?.connection;
      if (!isOwn && !this.#isWatched()) this.#unread.value += 1;
    });
  }

  #onPresence(channel: ChatChannel, present: readonly Presence[]): void {
    this.#present.value = present;
    if (this.#wantsHistory) void this.#load(channel);
  }

  #add(arrivals: readonly ChatMessage[]): void {
    this.#messages.value = insertMessages(this.#messages.value, arrivals);
  }

  #close(error: unknown): void {
    this.#entering.reject(error);
    this.#entering = awaited();
    batch(() => {
      this.#status.value = { phase: "closed", error };
      this.#present.value = [];
      this.#isLoading.value = false;
    });
  }
}

/** A promise that may be rejected without anybody waiting for it. */
function awaited<T>(): PromiseWithResolvers<T> {
  const resolvers = Promise.withResolvers<T>();
  resolvers.promise.catch(() => undefined);
  return resolvers;
}

function isLostConnection(error: unknown): boolean {
  const code = codeOf(error);
  return code === "disconnected" || code === "not-connected" || code === "timeout";
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ClientError ? error.code : undefined;
}
