import type { ChannelDefinition } from "@wardwire/contract";
import type { HistoryMessage, JoinedFrame, Json, Position, PresencePushFrame, Present } from "@wardwire/wire/frames";
import { ClientError, notConnected } from "../client-error.ts";
import { suffixOf } from "../connection/loss.ts";
import type { PendingCalls } from "../connection/pending-calls.ts";
import type { Check } from "../contract-check.ts";
import { TypedEvents } from "../typed-events.ts";
import { BoundedQueue } from "./bounded-queue.ts";
import type {
  ChannelEvents,
  HistoryPage,
  HistoryQuery,
  JoinedChannel,
  Message,
  Published,
  RequestOptions,
} from "./joined-channel.ts";

/** What a channel needs of the client it belongs to. */
export interface ChannelHost {
  readonly check: Check;
  readonly maxQueuedMessages: number;
  /** Whether a connection is, or was, one of this client's. */
  isOwn(connection: string): boolean;
  /** Forgets the channel. */
  forget(channel: Channel): void;
}

/** What a join is made from. */
export interface ChannelIntent {
  readonly name: string;
  readonly params: Json;
  readonly own: boolean;
  readonly definition: ChannelDefinition | undefined;
  /** Where to take up the first time. */
  readonly since: Position | undefined;
}

/** A channel's link to the connection: the gateway's number for it there. */
interface Link {
  readonly calls: PendingCalls;
  readonly number: number;
}

/** The channel behind {@link JoinedChannel}, with what the client does to it. Data is checked by the contract, if any. */
export class Channel extends TypedEvents<ChannelEvents> implements JoinedChannel<unknown, unknown, unknown> {
  readonly intent: ChannelIntent;
  readonly params: unknown;
  readonly #host: ChannelHost;
  readonly #queue: BoundedQueue<Message<unknown>>;
  #link: Link | undefined;
  #over = false;
  #position: Position | undefined;
  #recovered: boolean | undefined;
  #present: readonly Present[] = [];
  #afterGap = false;

  /** @throws ClientError `invalid-data` for params that do not fit the contract */
  constructor(intent: ChannelIntent, host: ChannelHost) {
    super();
    this.params = host.check(intent.definition?.params, intent.params);
    this.intent = intent;
    this.#host = host;
    this.#position = intent.since;
    this.#queue = new BoundedQueue(host.maxQueuedMessages);
  }

  get name(): string {
    return this.intent.name;
  }
  get position(): Position {
    return this.#position ?? { stream: "", offset: 0 };
  }
  get recovered(): boolean | undefined {
    return this.#recovered;
  }
  get present(): readonly Present[] {
    return this.#present;
  }
  get messages(): AsyncIterable<Message<unknown>> {
    return this.#queue;
  }
  get over(): boolean {
    return this.#over;
  }
  /** The position to join from, once there is one. */
  get since(): Position | undefined {
    return this.#position;
  }
  /** The gateway's number of the channel on the present connection. */
  get number(): number | undefined {
    return this.#link?.number;
  }

  async publish(data: unknown, { signal, key }: RequestOptions & { readonly key?: string } = {}): Promise<Published> {
    this.#host.check(this.intent.definition?.message, data);
    const { calls, number } = this.#linked();
    const fields = { channel: number, data: data as Json, key };
    const { offset, duplicate = false } = await calls.request("publish", fields, { signal });
    return { offset, duplicate };
  }

  async history({ signal, since, limit, reverse }: RequestOptions & HistoryQuery): Promise<HistoryPage<unknown>> {
    const { calls, number } = this.#linked();
    const fields = { channel: number, limit, since, reverse };
    const { messages, position } = await calls.request("history", fields, { signal });
    return { messages: messages.flatMap((message) => this.#read(message, false) ?? []), position };
  }

  async presence({ signal }: RequestOptions = {}): Promise<readonly Present[]> {
    const { calls, number } = this.#linked();
    const { present } = await calls.request("presence", { channel: number }, { signal });
    this.#present = present;
    return present;
  }

  async leave({ signal }: RequestOptions = {}): Promise<void> {
    const link = this.#link;
    this.end();
    try {
      await link?.calls.request("leave", { channel: link.number }, { signal });
    } catch (error) {
      // The gateway forgets the members of a lost connection by itself.
      if (!(error instanceof ClientError && error.code === "disconnected")) throw error;
    }
  }

  /** The gateway has joined this connection to the channel; delivers what was missed, or tells of the gap. */
  link(calls: PendingCalls, frame: JoinedFrame): void {
    const before = this.#position;
    const after = frame.position;
    const present = this.#present;
    this.#link = { calls, number: frame.channel };
    this.#present = frame.present ?? [];
    if (before !== undefined && frame.recovered !== false) {
      for (const message of frame.messages ?? []) this.receive(message);
    }
    // A gateway without history says nothing of recovery: then all is well only if nothing has happened meanwhile.
    const { stream, offset } = this.position;
    const complete = frame.recovered !== false && stream === after.stream && offset === after.offset;
    this.#recovered = before === undefined ? undefined : complete;
    this.#position = after;
    if (before !== undefined && !complete) this.#tellGap(before, after);
    this.#tellPresence(absent(this.#present, present), absent(present, this.#present));
  }

  /** The connection is gone; the channel waits for the next. */
  unlink(): void {
    this.#link = undefined;
  }

  /** Takes a message in: each offset once, a hole in the numbers told as a gap, own ones left out unless asked for. */
  receive(message: HistoryMessage): void {
    const { stream, offset } = this.position;
    if (this.#over || message.offset <= offset) return;
    this.#position = { stream, offset: message.offset };
    if (message.offset > offset + 1) this.#tellGap({ stream, offset }, { stream, offset: message.offset - 1 });
    if (!this.intent.own && message.from !== undefined && this.#host.isOwn(message.from.connection)) return;
    const read = this.#read(message, this.#afterGap);
    if (read === undefined) return;
    this.#afterGap = false;
    this.#queue.push(read);
  }

  /** Keeps {@link present} up to date and tells of the change. */
  receivePresence({ joined = [], left = [] }: PresencePushFrame): void {
    const gone = new Set([...left, ...joined].map(({ connection }) => connection));
    this.#present = [...this.#present.filter(({ connection }) => !gone.has(connection)), ...joined];
    this.#tellPresence(joined, left);
  }

  /** The channel is over: quietly, or because of `error`. */
  end(error?: ClientError): void {
    if (this.#over) return;
    this.#over = true;
    this.#host.forget(this);
    this.#link = undefined;
    this.#queue.end(error);
    this.#tell("left", error);
  }

  #linked(): Link {
    if (this.#over) throw new ClientError("left", `${this.name} has been left; join it again`);
    if (this.#link === undefined) throw notConnected(this.name);
    return this.#link;
  }

  #read(message: HistoryMessage, afterGap: boolean): Message<unknown> | undefined {
    const { from, at, offset, message: id } = message;
    try {
      const data = this.#host.check(this.intent.definition?.message, message.data);
      return { sender: from, at, offset, id, data, afterGap };
    } catch (cause) {
      const path = cause instanceof ClientError ? cause.path : undefined;
      const text = `message ${offset} of ${this.name} does not fit the contract${suffixOf(cause)}`;
      this.#tell("error", new ClientError("invalid-data", text, { path, cause }));
      return undefined;
    }
  }

  #tellPresence(joined: readonly Present[], left: readonly Present[]): void {
    if (joined.length + left.length > 0) this.#tell("presence", { joined, left });
  }

  #tellGap(since: Position, position: Position): void {
    this.#afterGap = true;
    this.#tell("gap", { since, position });
  }

  #tell<K extends keyof ChannelEvents>(type: K, detail: ChannelEvents[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Who of `some` is not among `others`. */
function absent(some: readonly Present[], others: readonly Present[]): readonly Present[] {
  const known = new Set(others.map(({ connection }) => connection));
  return some.filter(({ connection }) => !known.has(connection));
}
