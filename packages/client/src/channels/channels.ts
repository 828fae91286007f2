import type { Contract, Protection } from "@wardwire/contract";
import type {
  ConnectedFrame,
  JoinedFrame,
  Json,
  LeftFrame,
  MessageFrame,
  NoticeFrame,
  Position,
  PresencePushFrame,
} from "@wardwire/wire/frames";
import { retryDelayMs } from "../backoff.ts";
import { ClientError, temporaryCodes, tooManyPending } from "../client-error.ts";
import { abortable } from "../connection/abortable.ts";
import type { PendingCalls } from "../connection/pending-calls.ts";
import type { Check } from "../contract-check.ts";
import type { CancelTimer } from "../platform/clock.ts";
import { Channel, type ChannelHost } from "./channel.ts";
import { Publications, type PublicationsSettings } from "./publications.ts";

/** What the channels of a client are made from. */
export interface ChannelsSettings extends PublicationsSettings {
  readonly contract: Contract | undefined;
  /** What may protect a channel: what the connection has, and no less than is required (SR-2.1). */
  readonly protections: readonly Protection[];
}

/** How to join. */
export interface JoinOptions {
  /** Whether messages this client published are delivered too; `false` when left out. */
  readonly own?: boolean;
  /** Takes up after this position, so far as the gateway still has the messages. */
  readonly since?: Position;
  /** Stops waiting, and leaves again should the join succeed later. */
  readonly signal?: AbortSignal;
}

/** The channels a client wants to be in: joins them, and joins them again on every new connection. */
export class Channels implements ChannelHost {
  readonly publications: Publications;
  readonly #settings: ChannelsSettings;
  readonly #all = new Set<Channel>();
  readonly #byNumber = new Map<number, Channel>();
  /** First joins, whose caller waits. */
  readonly #joining = new Map<Channel, PromiseWithResolvers<void>>();
  #ownConnections: readonly string[] = [];
  readonly #timers = new Set<CancelTimer>();
  #calls: PendingCalls | undefined;

  constructor(settings: ChannelsSettings) {
    this.#settings = settings;
    this.publications = new Publications(settings);
  }

  /** Without a contract anything goes; with one it is there before the first connection. */
  check: Check = (_schema, value) => value;

  get maxQueuedMessages(): number {
    return this.#settings.limits.maxQueuedMessages;
  }

  /**
   * Joins a channel; without a connection it waits for one.
   *
   * @throws ClientError `unknown-channel`, `protection-required`, `invalid-data`, `too-many-pending`, or the gateway's code
   */
  async join(name: string, params: unknown, { own = false, since, signal }: JoinOptions = {}): Promise<Channel> {
    signal?.throwIfAborted();
    const { contract, limits } = this.#settings;
    const definition = contract?.channel(name);
    if (contract !== undefined && definition === undefined) {
      throw new ClientError("unknown-channel", `the contract has no channel "${name}"`);
    }
    const refusal = definition && this.#refusal(name, definition.protection);
    if (refusal !== undefined) throw refusal;
    const channel = new Channel({ name, params: params as Json, own, definition, since }, this);
    if (this.#joining.size >= limits.maxPending) throw tooManyPending(limits.maxPending);
    const joined = Promise.withResolvers<void>();
    this.#all.add(channel);
    this.#joining.set(channel, joined);
    if (this.#calls !== undefined) void this.#attach(channel, this.#calls, 0, 0);
    try {
      await abortable(joined.promise, signal);
      return channel;
    } catch (error) {
      channel.leave().catch(() => undefined);
      throw error;
    } finally {
      this.#joining.delete(channel);
    }
  }

  /**
   * There is a connection: every channel is joined on it, spread out so that half of the announced message rate is left
   * for everything else.
   */
  connected(calls: PendingCalls, { connection, limits }: ConnectedFrame): void {
    this.#calls = calls;
    this.#ownConnections = [connection, ...this.#ownConnections].slice(0, maxOwnConnections);
    const perSecond = Math.max(1, Math.floor(limits.messagesPerSecond / 2));
    for (const [index, channel] of [...this.#all].entries()) {
      void this.#attach(channel, calls, 0, 1_000 * Math.floor(index / perSecond));
    }
  }

  /** The connection is gone. */
  disconnected(): void {
    this.#calls = undefined;
    this.#byNumber.clear();
    for (const stop of this.#timers) stop();
    this.#timers.clear();
    for (const channel of this.#all) channel.detach();
  }

  /** Gives a push to its channel. One for a channel that has just been left is dropped. */
  push(frame: MessageFrame | PresencePushFrame | LeftFrame | NoticeFrame): void {
    const channel = this.#byNumber.get(frame.channel as number);
    if (channel === undefined) return;
    if (frame.type === "message") channel.receive(frame);
    else if (frame.type === "presence") channel.receivePresence(frame);
    else if (frame.type === "notice") channel.receiveNotice(frame);
    else {
      const code = frame.code ?? "left";
      channel.end(new ClientError(code, `the gateway ended ${channel.name}: ${code}`, { origin: "gateway" }));
    }
  }

  /** The client is over: every channel ends, quietly or because of `error`, and joins under way fail with `reason`. */
  endAll(reason: ClientError, error?: ClientError): void {
    for (const joined of this.#joining.values()) joined.reject(reason);
    for (const channel of [...this.#all]) channel.end(error);
    this.disconnected();
  }

  isOwn(connection: string): boolean {
    return this.#ownConnections.includes(connection);
  }

  forget(channel: Channel): void {
    this.#all.delete(channel);
    if (channel.link) this.#byNumber.delete(channel.link.number);
  }

  /** Waits; for ever when the connection is gone before. */
  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#settings.clock.after(delayMs, () => {
        this.#timers.delete(stop);
        resolve();
      });
      this.#timers.add(stop);
    });
  }

  async #attach(channel: Channel, calls: PendingCalls, failures: number, delayMs: number): Promise<void> {
    if (delayMs > 0) await this.#sleep(delayMs);
    if (channel.over || channel.link) return;
    const { name, params } = channel.intent;
    const fields = { channel: name, params, since: channel.since };
    try {
      await calls.request("join", fields, { onReply: (frame) => this.#onJoined(channel, calls, frame) });
    } catch (error) {
      this.#onRefused(channel, calls, failures + 1, error);
    }
  }

  #onJoined(channel: Channel, calls: PendingCalls, frame: JoinedFrame): void {
    const refusal = this.#refusal(channel.name, frame.protection);
    if (channel.over || refusal !== undefined) {
      // Given up meanwhile, or refused; whatever becomes of the leave, nobody is interested any more.
      calls.request("leave", { channel: frame.channel }).catch(() => undefined);
      this.#onRefused(channel, calls, 1, refusal);
      return;
    }
    this.#byNumber.set(frame.channel, channel);
    channel.attach(calls, frame);
    this.#joining.get(channel)?.resolve();
  }

  /** The error of a channel whose protection is not what this client may have. */
  #refusal(name: string, protection: Protection = "transport"): ClientError | undefined {
    const { protections } = this.#settings;
    if (protections.includes(protection)) return undefined;
    return new ClientError("protection-required", `${name} is ${protection}, expected ${protections}`);
  }

  /** A first join that is refused fails for its caller; a later one is tried again or ends the channel. */
  #onRefused(channel: Channel, calls: PendingCalls, failures: number, error: unknown): void {
    if (channel.over || !(error instanceof ClientError) || error.code === "disconnected") return;
    const joining = this.#joining.get(channel);
    if (joining !== undefined) joining.reject(error);
    else if (temporaryCodes.includes(error.code)) {
      const delayMs = retryDelayMs(failures, this.#settings.random, error.retryAfterMs);
      void this.#attach(channel, calls, failures, delayMs);
    } else {
      channel.end(error);
    }
  }
}

/** Messages of an earlier connection of ours can still come by recovery. */
const maxOwnConnections = 32;
