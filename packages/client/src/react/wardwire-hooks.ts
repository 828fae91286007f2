/**
 * React hooks over a client, typed by its contract.
 *
 * ```ts
 * export const { WardwireProvider, useConnection, useSecurity, useChannel, usePresence } =
 *   createWardwireHooks<typeof chat>();
 * ```
 */
import type { ChannelName, Contract, MessageInputOf, MessageOf, ParamsInputOf, ParamsOf } from "@wardwire/contract";
import type { Present } from "@wardwire/wire/frames";
import {
  type Context,
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useSyncExternalStore,
} from "react";
import type { Client, ClientState, JoinedChannel, Message, Published, Security } from "../connect.ts";
import { type AnyChannel, type ChannelSnapshot, type ChannelStatus, joining } from "./shared-channel.ts";
import { channelKey, notJoinedYet, SharedChannels } from "./shared-channels.ts";

/** The hooks of one contract. They work below their own provider only. */
export interface WardwireHooks<C extends Contract> {
  readonly WardwireProvider: (props: ProviderProps<C>) => ReactElement;
  /** What the client is doing. Renders again when that changes, and for nothing else. */
  readonly useConnection: () => ClientState;
  /** What protects the connection; `undefined` while there is none. Renders again with fresh keys too. */
  readonly useSecurity: () => Security | undefined;
  /**
   * Joins a channel while the component is mounted. Components that name the same channel, by equal params, share one
   * join and its messages; the last one to go leaves. A channel that `failed` is tried again by the next component
   * that mounts with it, when no other has it: a new React `key` is enough.
   *
   * @throws ContractError `not-json` for params that are no JSON
   */
  readonly useChannel: <N extends ChannelName<C>>(
    name: N,
    params: ParamsInputOf<C, N>,
    options?: UseChannelOptions,
  ) => ChannelView<ParamsOf<C, N>, MessageInputOf<C, N>, MessageOf<C, N>>;
  /**
   * Who is in a channel, this connection too; nobody while there is no channel. For channels whose contract keeps
   * presence.
   *
   * @param channel what {@link WardwireHooks.useChannel} gives
   */
  readonly usePresence: (channel: AnyChannel | undefined) => readonly Present[];
}

/** What the provider is given. */
export interface ProviderProps<C extends Contract> {
  /**
   * Made by `createClient`, and closed by whoever made it: the provider does not own it. `undefined` as long as there is
   * none, such as on a server or before somebody has signed in; the hooks then show a first attempt to connect.
   */
  readonly client: Client<C> | undefined;
  readonly children?: ReactNode;
}

/** What a component wants of a channel. Among those that share it, the largest numbers count. */
export interface UseChannelOptions {
  /** The most messages kept; 200 when left out. */
  readonly keep?: number;
  /** How many messages from before the join to put first, 1 to 200; none when left out. */
  readonly history?: number;
}

/** A channel as a component sees it: what goes with its `status`, the messages so far, and how to add one. */
export type ChannelView<Params, In, Out> = ChannelStatus<JoinedChannel<Params, In, Out>> & {
  /**
   * In order, each once, those of this client too. The hook reads them: `channel.messages` has no second reader.
   */
  readonly messages: readonly Message<Out>[];
  /**
   * `JoinedChannel.publish`, always the same function for one channel.
   *
   * @throws ClientError also `not-connected` before the join, and the reason once the channel has `failed`
   */
  readonly publish: (data: In, options?: { readonly key?: string }) => Promise<Published>;
};

/**
 * Makes the hooks of a contract: once in an application, in a file of its own.
 */
export function createWardwireHooks<C extends Contract>(): WardwireHooks<C> {
  const context = createContext<Provided>("no provider");
  const channelsOf = new WeakMap<Client<C>, SharedChannels>();

  /** One for each client, however many providers give it. */
  const share = (client: Client<C>): SharedChannels => {
    // The hooks' own types hold names, params and data to the contract.
    const shared = channelsOf.get(client) ?? new SharedChannels(client as unknown as Client);
    channelsOf.set(client, shared);
    return shared;
  };
  return {
    WardwireProvider: ({ client, children }) =>
      createElement(context.Provider, { value: client === undefined ? undefined : share(client) }, children),
    useConnection: () => useClientState(useProvided(context)),
    useSecurity: () => useClientSecurity(useProvided(context)),
    useChannel: ((name, params, options) =>
      useSharedChannel(useProvided(context), channelKey(name, params), options)) as WardwireHooks<C>["useChannel"],
    usePresence: (channel) => usePresent(useProvided(context), channel),
  };
}

/** What a provider gives: nothing yet, or the channels over its client. */
type Provided = SharedChannels | undefined | "no provider";

function useProvided(context: Context<Provided>): SharedChannels | undefined {
  const provided = useContext(context);
  if (provided !== "no provider") return provided;
  throw new Error("expected a <WardwireProvider> around this component, from the same createWardwireHooks(); got none");
}

function useClientState(shared: SharedChannels | undefined): ClientState {
  const client = shared?.client;
  const subscribe = useCallback(
    (listener: () => void) => {
      client?.addEventListener("state", listener);
      return () => client?.removeEventListener("state", listener);
    },
    [client],
  );
  return useSyncExternalStore(
    subscribe,
    () => client?.state ?? firstAttempt,
    () => firstAttempt,
  );
}

function useClientSecurity(shared: SharedChannels | undefined): Security | undefined {
  const client = shared?.client;
  const subscribe = useCallback(
    (listener: () => void) => {
      for (const event of ["state", "security"] as const) client?.addEventListener(event, listener);
      return () => {
        for (const event of ["state", "security"] as const) client?.removeEventListener(event, listener);
      };
    },
    [client],
  );
  return useSyncExternalStore(
    subscribe,
    () => client?.security,
    () => undefined,
  );
}

function useSharedChannel(
  shared: SharedChannels | undefined,
  key: string,
  { keep = 200, history = 0 }: UseChannelOptions = {},
): ChannelSnapshot & { readonly publish: (data: unknown, options?: { readonly key?: string }) => Promise<Published> } {
  const subscribe = useCallback(
    (listener: () => void) => shared?.subscribe(key, { keep, history }, listener) ?? doNothing,
    [shared, key, keep, history],
  );
  const snapshot = useSyncExternalStore(
    subscribe,
    () => shared?.snapshot(key) ?? joining,
    () => joining,
  );
  const publish = useCallback(
    async (data: unknown, options?: { readonly key?: string }) => {
      if (shared === undefined) throw notJoinedYet();
      return await shared.publish(key, data, options);
    },
    [shared, key],
  );
  return { ...snapshot, publish };
}

function usePresent(shared: SharedChannels | undefined, channel: AnyChannel | undefined): readonly Present[] {
  const client = shared?.client;
  const subscribe = useCallback(
    (listener: () => void) => {
      if (client === undefined || channel === undefined) return doNothing;
      // A join tells of the others; the gateway lists this connection too when it is asked (WP-PUSH-5).
      const askForAll = (): void => {
        if (!isPresent(client, channel)) channel.presence().then(listener, doNothing);
      };
      const onPresence = (): void => {
        listener();
        askForAll();
      };
      channel.addEventListener("presence", onPresence);
      askForAll();
      return () => channel.removeEventListener("presence", onPresence);
    },
    [client, channel],
  );
  return useSyncExternalStore(
    subscribe,
    () => channel?.present ?? nobody,
    () => nobody,
  );
}

function isPresent({ state }: Client, { present }: AnyChannel): boolean {
  return state.phase === "connected" && present.some(({ connection }) => connection === state.connection);
}

const firstAttempt: ClientState = { phase: "connecting", attempt: 1 };
const nobody: readonly Present[] = [];

function doNothing(): void {}
