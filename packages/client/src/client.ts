import type {
  CallInputOf,
  ChannelName,
  CommandName,
  Contract,
  MessageInputOf,
  MessageOf,
  NotificationOf,
  ParamsInputOf,
  ParamsOf,
  ResultOf,
} from "@wardwire/contract";
import type { Json, NoticeFrame } from "@wardwire/wire/frames";
import type { JoinOptions } from "./channels/channels.ts";
import type { JoinedChannel, RequestOptions } from "./channels/joined-channel.ts";
import type { ClientState } from "./client-state.ts";
import type { Security } from "./security.ts";
import type { TokenInput } from "./token/token-source.ts";
import type { TypedEvents } from "./typed-events.ts";

/** A notification to this client's user, from the application. */
export interface Notification<Data> {
  readonly data: Data;
  /** When it was sent, in ms since 1970. */
  readonly at: number;
}

/** The events of a client, with their `detail`. */
export interface ClientEvents<Data = unknown> {
  /** The state has changed. */
  state: ClientState;
  /** The gateway tells something about the connection, such as `draining`. */
  notice: NoticeFrame;
  notification: Notification<Data>;
  /** A sealed connection has got keys: before it is connected, and again each day it lasts. */
  security: Security;
  /** A notification arrived that does not fit the contract, and was skipped. */
  error: Error;
}

/**
 * A client of one gateway. Typed by its contract; without one, names are strings and values are JSON.
 *
 * Requests go out at once or fail: nothing is queued while there is no connection (`not-connected`), and nothing is sent
 * twice. Only a publish waits for a connection and is sent again, since its key makes that harmless. Joined channels are
 * wishes: they are joined again on every new connection.
 */
export interface Client<C extends Contract | undefined = undefined> extends TypedEvents<ClientEvents<NotifiedData<C>>> {
  readonly state: ClientState;
  /** What protects the connection; `undefined` while there is none. Read it anew on the events `state` and `security`. */
  readonly security: Security | undefined;
  /** Notifications from now on; one reader at a time, bounded like {@link JoinedChannel.messages}. */
  readonly notifications: AsyncIterable<Notification<NotifiedData<C>>>;
  /**
   * Joins a channel. Without a connection it waits for one.
   *
   * @throws ClientError `unknown-channel`, `invalid-data`, `protection-required` (the contract, or `require`, asks for more
   *   than the connection has), `too-many-pending`, `closed`, `logged-out`, or the gateway's code such as `forbidden` or
   *   `already-joined`
   */
  join<N extends ChannelNameOf<C>>(name: N, params: JoinParams<C, N>, options?: JoinOptions): Promise<ChannelOf<C, N>>;
  /**
   * Calls a command and gives its output.
   *
   * @throws ClientError `unknown-command`, `invalid-data`, `not-connected`, `too-large`, `send-buffer-full`,
   *   `too-many-pending` (nothing was sent), `disconnected`, `timeout` (the outcome is unknown), or the gateway's code
   */
  call<K extends CommandNameOf<C>>(
    command: K,
    input: CallInput<C, K>,
    options?: RequestOptions,
  ): Promise<CallOutput<C, K>>;
  /**
   * Gives a renewed token or another identity. On a live connection the token is presented in place, which the gateway
   * takes for the same user; otherwise the client reconnects with it, and joined channels are joined again as the new
   * identity or end with the gateway's refusal. Resolves when the new token is in force.
   *
   * @throws ClientError the reason the client ended, when the gateway does not accept the token
   */
  setToken(token: TokenInput, options?: RequestOptions): Promise<void>;
  /** Tries to connect now instead of at `state.retryAt`, as when somebody asks for it; does nothing in other phases. */
  retry(): void;
  /** Forgets the token and closes: like {@link Client.close}, with the reason `logged-out`. */
  logout(): Promise<void>;
  /** Ends the client for good: pending requests fail, channels end. Resolves when the socket is gone. */
  close(): Promise<void>;
}

type ChannelNameOf<C> = C extends Contract ? ChannelName<C> : string;
type CommandNameOf<C> = C extends Contract ? CommandName<C> : string;
type NotifiedData<C> = C extends Contract ? NotificationOf<C> : Json;
type JoinParams<C, N> = C extends Contract ? (N extends ChannelName<C> ? ParamsInputOf<C, N> : never) : Json;
type CallInput<C, K> = C extends Contract ? (K extends CommandName<C> ? CallInputOf<C, K> : never) : Json;
type CallOutput<C, K> = C extends Contract ? (K extends CommandName<C> ? ResultOf<C, K> : never) : Json;

/** What joining the channel `N` of a contract gives. */
export type ChannelOf<C, N> = C extends Contract
  ? N extends ChannelName<C>
    ? JoinedChannel<ParamsOf<C, N>, MessageInputOf<C, N>, MessageOf<C, N>>
    : never
  : JoinedChannel<Json, Json, Json>;
