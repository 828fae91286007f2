import type { ChannelDefinition } from "@wardwire/contract";
import type {
  HistoryMessage,
  JoinedFrame,
  Json,
  NoticeFrame,
  Position,
  PresencePushFrame,
  Present,
  PresentFrame,
} from "@wardwire/wire/frames";
import { ClientError, left, notConnected, suffixOf } from "../client-error.ts";
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
  PublishOptions,
  RequestOptions,
} from "./joined-channel.ts";
import type { Link, Publications, PublishTarget } from "./publications.ts";

/** What a channel needs of the client it belongs to. */
export interface ChannelHost {
  readonly check: Check;
  readonly maxQueuedMessages: number;
  readonly publications: Publications;
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

/** The channel behind {@link JoinedChannel}, with what the client does to it. Data is checked by the contract, if any. */
export class Channel
  extends TypedEvents<ChannelEvents>
  implements JoinedChannel<unknown, unknown, unknown>, PublishTarget
{
  readonly intent: ChannelIntent;
  readonly params: unknown;
  /** The present connection, with the gateway's number of the channel on it; set here only. */
  link: Link | undefined;
  /** Set here only. */
  protection: "transport" | "sealed" = "transport";
  readonly #host: ChannelHost;
  readonly #queue: BoundedQueue<Message<unknown>>;
  /** Whether the gateway may leave messages out without a word. */
  #lossy = false;
  /** What has come while the messages before it are fetched. */
  #held: (() => void)[] | undefined;
  #over = false;
  #position: Position | undefined;
  #recovered: boolean | undefined;
  #present: readonly Present[] = [];
  #presentCount: number | undefined;
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
  get presentCount(): number {
    return this.#presentCount ?? this.#present.length;
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

  async publish(data: unknown, options: PublishOptions = {}): Promise<Published> {
    this.#host.check(this.intent.definition?.message, data);
    return await this.#host.publications.publish(this, data as Json, options);
  }

  async history({ signal, since, limit, reverse }: RequestOptions & HistoryQuery): Promise<HistoryPage<unknown>> {
    const { calls, number } = this.#linked();
    const fields = { channel: number, limit, since, reverse };
    const { messages, position } = await calls.request("history", fields, { signal });
    return { messages: messages.flatMap((message) => this.#read(message, false) ?? []), position };
  }

  async presence({ signal }: RequestOptions = {}): Promise<readonly Present[]> {
    const { calls, number } = this.#linked();
    const fields = { channel: number };
    // Before whatever else came in the same message.
    const onReply = (frame: PresentFrame): void => this.#list(frame);
    const { present } = await calls.request("presence", fields, { signal, onReply });
    return present;
  }

  async leave({ signal }: RequestOptions = {}): Promise<void> {
    const link = this.link;
    this.end();
    try {
      await link?.calls.request("leave", { channel: link.number }, { signal });
    } catch (error) {
      // The gateway forgets the members of a lost connection by itself.
      if (!(error instanceof ClientError && error.code === "disconnected")) throw error;
    }
  }

  /** The gateway has joined this connection to the channel; delivers what was missed, or fetches it, or tells of the gap. */
  attach(calls: PendingCalls, frame: JoinedFrame): void {
    const { position: after, recovered, messages = [], present = [], lossy = false, protection = "transport" } = frame;
    const before = this.#position;
    const wasPresent = this.#present;
    this.link = { calls, number: frame.channel };
    this.#lossy = lossy;
    this.protection = protection;
    this.#list({ ...frame, present });
    // What a join without a position gives, the latest value, comes after nothing.
    if (before?.stream !== after.stream && messages.length > 0) this.#position = { ...after, offset: 0 };
    for (const message of messages) this.receive(message);
    const { stream, offset } = this.position;
    // A gateway without history says nothing of recovery: then all is well only if nothing has happened meanwhile.
    this.#recovered = before && recovered !== false && stream === after.stream && offset === after.offset;
    if (before === undefined || this.#recovered === true) this.#position = after;
    else void this.#catchUp(after);
    this.#host.publications.resume(this);
    this.#tellPresence(absent(present, wasPresent), absent(wasPresent, present));
  }

  /** The connection is gone; the channel waits for the next. */
  detach(): void {
    this.link = undefined;
    this.#held = undefined;
  }

  /** Takes a message in: each offset once, a hole in the numbers told as a gap, own ones left out unless asked for. */
  receive(message: HistoryMessage): void {
    if (!this.#holds(() => this.#take(message))) this.#take(message);
  }

  #take(message: HistoryMessage): void {
    const { stream, offset } = this.position;
    if (this.#over || message.offset <= offset) return;
    this.#position = { stream, offset: message.offset };
    const isHole = message.offset > offset + 1 && !this.#lossy;
    if (isHole) this.#tellGap({ stream, offset }, { stream, offset: message.offset - 1 });
    if (!this.intent.own && message.from !== undefined && this.#host.isOwn(message.from.connection)) return;
    const read = this.#read(message, this.#afterGap);
    if (read === undefined) return;
    this.#afterGap = false;
    this.#queue.push(read);
  }

  /** Keeps {@link present} up to date and tells of the change. */
  receivePresence({ joined = [], left = [], presentCount }: PresencePushFrame): void {
    const came = absent(joined, this.#present);
    const went = absent(left, absent(left, this.#present));
    this.#list({ present: [...absent(this.#present, went), ...came], presentCount });
    this.#tellPresence(came, went, presentCount);
  }

  /** The gateway says that messages of this channel are lost. */
  receiveNotice(notice: NoticeFrame): void {
    if (this.#holds(() => this.receiveNotice(notice))) return;
    const since = this.position;
    const { code, stream = since.stream, offset, to = offset } = notice;
    const position = { stream, offset: to } as Position;
    if (code === "position-lost" || (code === "messages-dropped" && position.offset > since.offset)) {
      this.#position = position;
      this.#tellGap(since, position);
    }
  }

  /** The channel is over: quietly, or because of `error`. */
  end(error?: ClientError): void {
    if (this.#over) return;
    this.#over = true;
    this.#host.forget(this);
    this.detach();
    this.#host.publications.resume(this);
    this.#queue.end(error);
    this.#tell("left", error);
  }

  #linked(): Link {
    if (this.#over) throw left(this.name);
    if (this.link === undefined) throw notConnected(this.name);
    return this.link;
  }

  /** Fetches what the join could not give, so far as the history reaches, and tells of the gap where it does not. */
  async #catchUp(after: Position): Promise<void> {
    const { calls, number: channel } = this.#linked();
    const held: (() => void)[] = [];
    this.#held = held;
    const { definition } = this.intent;
    const isKept = !this.#lossy && (definition === undefined || definition.history !== undefined);
    try {
      while (isKept && this.position.stream === after.stream && this.position.offset < after.offset) {
        const since = this.position;
        const fields = { channel, since, limit: pageMessages, reverse: undefined };
        const { messages } = await calls.request("history", fields);
        if (this.#held !== held || messages[0]?.offset !== since.offset + 1) break;
        for (const message of messages) this.#take(message);
      }
    } catch {
      // What could not be fetched is told as a gap.
    }
    // Without the connection it began on, the next join asks for it again.
    if (this.#held !== held) return;
    this.#held = undefined;
    const since = this.position;
    this.#recovered = since.stream === after.stream && since.offset >= after.offset;
    if (!this.#recovered) {
      this.#position = after;
      this.#tellGap(since, after);
    }
    for (const task of held) task();
  }

  /** Keeps what comes while earlier messages are fetched; what is too much becomes a hole. */
  #holds(task: () => void): boolean {
    if (this.#held === undefined) return false;
    this.#held.push(task);
    if (this.#held.length > this.#host.maxQueuedMessages) this.#held.shift();
    return true;
  }

  #list({
    present,
    presentCount,
  }: Pick<PresentFrame, "present"> & { readonly presentCount?: number | undefined }): void {
    this.#present = present;
    this.#presentCount = presentCount;
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

  #tellPresence(joined: readonly Present[], left: readonly Present[], changes = joined.length + left.length): void {
    if (changes > 0) this.#tell("presence", { joined, left });
  }

  #tellGap(since: Position, position: Position): void {
    this.#afterGap = true;
    this.#tell("gap", { since, position });
  }

  #tell<K extends keyof ChannelEvents>(type: K, detail: ChannelEvents[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Messages fetched at once: the most a page of history has. */
const pageMessages = 200;

/** Who of `some` is not among `others`. */
function absent(some: readonly Present[], others: readonly Present[]): readonly Present[] {
  const known = new Set(others.map(({ connection }) => connection));
  return some.filter(({ connection }) => !known.has(connection));
}
