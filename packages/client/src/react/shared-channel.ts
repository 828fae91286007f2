import { type Client, ClientError, type JoinedChannel, type Message } from "../connect.ts";
import { type KeptMessage, keepMessages } from "./kept-messages.ts";

/** A channel before the hook has given it the types of the contract. */
export type AnyChannel = JoinedChannel<unknown, unknown, unknown>;

/** How it stands with a channel. */
export type ChannelStatus<Channel> =
  | { readonly status: "joining"; readonly channel: undefined; readonly error: undefined }
  /** With an `error` when the history that was asked for could not be read. */
  | { readonly status: "joined"; readonly channel: Channel; readonly error: ClientError | undefined }
  /** The gateway did not let this client in or ended its membership, or the client is closed. */
  | { readonly status: "failed"; readonly channel: undefined; readonly error: ClientError };

/** What a component sees of a channel: a new object with every change, the same one in between. */
export type ChannelSnapshot = ChannelStatus<AnyChannel> & { readonly messages: readonly Message<unknown>[] };

/** What a component wants of a channel besides being in it. */
export interface Wishes {
  readonly keep: number;
  readonly history: number;
}

/** Before anything has happened, and all there ever is on a server. */
export const joining: ChannelSnapshot = { status: "joining", channel: undefined, error: undefined, messages: [] };

/**
 * One channel for all components that use it: joined while at least one does. Joins and leaves take turns, since the
 * gateway refuses a second join before it knows of the leave; what comes and goes within one rendering, as in React's
 * strict mode, causes neither.
 */
export class SharedChannel {
  readonly #client: Client;
  readonly #name: string;
  readonly #params: Parameters<Client["join"]>[1];
  readonly #onUnused: () => void;
  readonly #listeners = new Set<() => void>();
  #snapshot: ChannelSnapshot = joining;
  #kept: readonly KeptMessage[] = [];
  #keep = 0;
  #history = 0;
  #turns: Promise<void> = Promise.resolve();
  #waiting = new AbortController();
  #tellsSoon = false;

  /** @param onUnused called when nobody uses the channel any more and it has been left */
  constructor(client: Client, name: string, params: Parameters<Client["join"]>[1], onUnused: () => void) {
    this.#client = client;
    this.#name = name;
    this.#params = params;
    this.#onUnused = onUnused;
  }

  get snapshot(): ChannelSnapshot {
    return this.#snapshot;
  }

  /** Uses the channel until the function given back is called; of the wishes of all users the largest count. */
  subscribe(listener: () => void, { keep, history }: Wishes): () => void {
    if (this.#listeners.size === 0 && this.#snapshot.status === "failed") this.#reset();
    this.#listeners.add(listener);
    this.#keep = Math.max(this.#keep, keep);
    if (history > this.#history) {
      this.#history = history;
      if (this.#snapshot.channel !== undefined) void this.#readHistory(this.#snapshot.channel);
    }
    this.#takeTurn();
    return () => {
      this.#listeners.delete(listener);
      // On a live connection the join is on its way: only when it has been answered can the channel be left.
      if (this.#listeners.size === 0 && this.#client.state.phase !== "connected") this.#waiting.abort();
      this.#takeTurn();
    };
  }

  #takeTurn(): void {
    this.#turns = this.#turns.then(() => (this.#listeners.size > 0 ? this.#join() : this.#leave()));
  }

  async #join(): Promise<void> {
    if (this.#snapshot.status !== "joining") return;
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    try {
      const channel: AnyChannel = await this.#client.join(this.#name, this.#params, { own: true, signal });
      this.#change({ status: "joined", channel, error: undefined });
      channel.addEventListener("gap", () => void this.#readHistory(channel));
      void this.#readMessages(channel);
      void this.#readHistory(channel);
    } catch (error) {
      if (!signal.aborted) this.#change({ status: "failed", channel: undefined, error: asClientError(error) });
    }
  }

  async #leave(): Promise<void> {
    const { channel } = this.#snapshot;
    this.#reset();
    // Whatever becomes of the request: the gateway forgets the members of a lost connection by itself.
    await channel?.leave().catch(() => undefined);
    if (this.#listeners.size === 0) this.#onUnused();
  }

  /** Reads until the channel is over. What came too fast to be read is fetched from the history. */
  async #readMessages(channel: AnyChannel): Promise<void> {
    let end: ClientError | undefined;
    while (end === undefined) {
      try {
        for await (const message of channel.messages) this.#onMessage(channel, message);
        end = this.#whyOver();
      } catch (error) {
        const failure = asClientError(error);
        if (failure.code === "overflow") void this.#readHistory(channel);
        else end = failure;
      }
    }
    if (this.#snapshot.channel === channel) this.#change({ status: "failed", channel: undefined, error: end });
  }

  /** One page, put before what has arrived meanwhile. */
  async #readHistory(channel: AnyChannel): Promise<void> {
    if (this.#history === 0) return;
    try {
      const { messages, position } = await channel.history({ limit: this.#history, reverse: true });
      if (this.#snapshot.channel !== channel) return;
      this.#add(position.stream, messages);
      this.#change({ status: "joined", channel, error: undefined });
    } catch (error) {
      const failure = asClientError(error);
      if (this.#snapshot.channel === channel) this.#change({ status: "joined", channel, error: failure });
    }
  }

  /** A channel that ended without a reason, though not by us. */
  #whyOver(): ClientError {
    const { state } = this.#client;
    if (state.phase === "closed") return state.reason;
    return new ClientError("left", `the application has left the channel ${this.#name}`);
  }

  #onMessage(channel: AnyChannel, message: Message<unknown>): void {
    if (this.#snapshot.channel !== channel) return;
    this.#add(channel.position.stream, [message]);
    if (this.#tellsSoon) return;
    this.#tellsSoon = true;
    // Not at once: messages that arrive together are one rendering.
    setTimeout(() => {
      this.#tellsSoon = false;
      this.#change(this.#snapshot);
    });
  }

  #add(stream: string, messages: readonly Message<unknown>[]): void {
    const arrivals = messages.map((message) => ({ stream, message }));
    this.#kept = keepMessages(this.#kept, arrivals, this.#keep);
  }

  #reset(): void {
    this.#snapshot = joining;
    this.#kept = [];
  }

  #change(status: ChannelStatus<AnyChannel>): void {
    this.#snapshot = { ...status, messages: this.#kept.map(({ message }) => message) };
    for (const listener of this.#listeners) listener();
  }
}

/** Joins and channels fail with a ClientError, but for a schema that is itself at fault. */
function asClientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  return new ClientError("invalid-data", error instanceof Error ? error.message : String(error), { cause: error });
}
