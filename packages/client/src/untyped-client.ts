import type { Json, NotificationFrame } from "@wardwire/wire/frames";
import { BoundedQueue } from "./channels/bounded-queue.ts";
import type { Channel } from "./channels/channel.ts";
import { Channels, type ChannelsSettings, type JoinOptions } from "./channels/channels.ts";
import type { RequestOptions } from "./channels/joined-channel.ts";
import type { ClientEvents, Notification } from "./client.ts";
import { ClientDriver, type DriverSettings } from "./client-driver.ts";
import { ClientError, notConnected } from "./client-error.ts";
import type { ClientState } from "./client-state.ts";
import { abortable } from "./connection/abortable.ts";
import type { Push } from "./connection/connection.ts";
import type { Security } from "./security.ts";
import type { TokenInput } from "./token/token-source.ts";
import type { Transport } from "./transport.ts";
import { TypedEvents } from "./typed-events.ts";

/** Everything a client is made from, defaults filled in. */
export interface ClientSettings extends DriverSettings, ChannelsSettings {
  /** Loads what connections run over. Those that are sealed tell by `onKeys` that they have keys, or fresh ones. */
  readonly loadTransport: (onKeys: (security: Security) => void) => Promise<Transport>;
}

/** The client behind {@link Client}: what an application calls and hears, over a driver that keeps the connection. */
export class UntypedClient extends TypedEvents<ClientEvents> {
  readonly #settings: ClientSettings;
  readonly #driver: ClientDriver;
  readonly #channels: Channels;
  readonly #notifications: BoundedQueue<Notification<unknown>>;
  #transport: Transport | undefined;
  #security: Security = { protection: "transport" };
  /** Calls of setToken, one after the other. */
  #tokenChanges: Promise<unknown> = Promise.resolve();

  /** Starts at once. */
  constructor(settings: ClientSettings) {
    super();
    this.#settings = settings;
    this.#channels = new Channels(settings);
    this.#notifications = new BoundedQueue(settings.limits.maxQueuedMessages);
    this.#driver = new ClientDriver(settings, {
      load: async () => {
        await this.#loadCheck();
        this.#transport ??= await settings.loadTransport((security) => {
          this.#security = security;
          this.#tell("security", security);
        });
        return this.#transport;
      },
      onState: (state) => this.#onState(state),
      onConnected: (calls, frame) => this.#channels.connected(calls, frame),
      onDisconnected: () => this.#channels.disconnected(),
      onPush: (frame) => this.#onPush(frame),
    });
  }

  get state(): ClientState {
    return this.#driver.state;
  }

  get security(): Security | undefined {
    return this.#driver.calls && this.#security;
  }

  get notifications(): AsyncIterable<Notification<unknown>> {
    return this.#notifications;
  }

  async join(name: string, params: unknown, options?: JoinOptions): Promise<Channel> {
    this.#refuseWhenClosed();
    if (this.#driver.calls === undefined) await this.#loadCheck();
    this.#refuseWhenClosed();
    return await this.#channels.join(name, params, options);
  }

  async call(command: string, input: unknown, { signal }: RequestOptions = {}): Promise<unknown> {
    this.#refuseWhenClosed();
    const { contract } = this.#settings;
    const definition = contract?.command(command);
    if (contract !== undefined && definition === undefined) {
      throw new ClientError("unknown-command", `the contract has no command "${command}"`);
    }
    const { calls } = this.#driver;
    if (calls === undefined) throw notConnected(command);
    this.#channels.check(definition?.input, input);
    const { output } = await calls.request("call", { command, input: input as Json }, { signal });
    return this.#channels.check(definition?.output, output);
  }

  async setToken(token: TokenInput, { signal }: RequestOptions = {}): Promise<void> {
    const change = this.#tokenChanges.then(async () => {
      this.#refuseWhenClosed();
      await this.#driver.replaceToken(token);
      await this.whenConnected();
    });
    this.#tokenChanges = change.catch(() => undefined);
    await abortable(change, signal);
  }

  retry(): void {
    this.#driver.retry();
  }

  async logout(): Promise<void> {
    await this.#driver.end(new ClientError("logged-out", "the client was logged out"));
  }

  async close(): Promise<void> {
    await this.#driver.end(new ClientError("closed", "the client was closed"));
  }

  /**
   * Resolves when the client is connected.
   *
   * @throws ClientError the reason, when the client ends before
   */
  whenConnected(signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      const { state } = this;
      if (state.phase === "connected") resolve();
      else if (state.phase === "closed") reject(state.reason);
    };
    this.addEventListener("state", look);
    look();
    return abortable(promise, signal).finally(() => this.removeEventListener("state", look));
  }

  /** A chunk of its own, so that a page without a contract never loads it; a page with one has most of it already. */
  async #loadCheck(): Promise<void> {
    if (this.#settings.contract === undefined) return;
    const { check } = await import("./contract-check.ts");
    this.#channels.check = check;
  }

  #refuseWhenClosed(): void {
    if (this.state.phase === "closed") throw this.state.reason;
  }

  #onState(state: ClientState): void {
    if (state.phase === "closed") {
      const { reason } = state;
      // Ends that were asked for are quiet; the others are told to everyone who reads.
      const error = reason.code === "closed" || reason.code === "logged-out" ? undefined : reason;
      this.#channels.endAll(reason, error);
      this.#notifications.end(error);
    }
    this.#tell("state", state);
  }

  #onPush(frame: Push): void {
    if (frame.type === "notice") this.#tell("notice", frame);
    if (frame.type === "notification") this.#onNotification(frame);
    else this.#channels.push(frame);
  }

  #onNotification({ data, at }: NotificationFrame): void {
    const schema = this.#settings.contract?.definition.notification;
    try {
      const notification = { data: this.#channels.check(schema, data), at };
      this.#notifications.push(notification);
      this.#tell("notification", notification);
    } catch (error) {
      this.#tell("error", error as Error);
    }
  }

  #tell<K extends keyof ClientEvents>(type: K, detail: ClientEvents[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
