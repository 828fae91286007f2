import type { Contract } from "@wardwire/contract";
import type { Encoding } from "@wardwire/wire/frames";
import { jsonTextCodec } from "@wardwire/wire/json-text";
import { defaultSocket } from "#default-socket";
import type { Client } from "./client.ts";
import { ClientError, type ClientErrorCode, clientErrorCodes } from "./client-error.ts";
import { type ClientLimits, defaultClientLimits } from "./client-limits.ts";
import { parseGatewayUrl } from "./gateway-url.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import { type NetworkStatus, platformNetworkStatus } from "./platform/network-status.ts";
import type { BundleStore } from "./sealed/bundle-store.ts";
import type { DeviceKey } from "./sealed/device-proofs.ts";
import { parsePins } from "./server-key.ts";
import type { SocketFactory } from "./socket/socket.ts";
import type { TokenFunction, TokenInput } from "./token/token-source.ts";
import { type ClientSettings, UntypedClient } from "./untyped-client.ts";

export type { HistoryPage, JoinedChannel, Message, Published, PublishOptions } from "./channels/joined-channel.ts";
export type { ChannelOf, Client, ClientEvents, Notification } from "./client.ts";
export type { ClientLimits } from "./client-limits.ts";
export type { ClientState } from "./client-state.ts";
export type { Loss } from "./connection/loss.ts";
export type { Clock } from "./platform/clock.ts";
export type { NetworkStatus } from "./platform/network-status.ts";
export type { BundleStore } from "./sealed/bundle-store.ts";
export type { DeviceKey } from "./sealed/device-proofs.ts";
export type { SealedSecurity, Security } from "./security.ts";
export type {
  FetchBytesOptions,
  Socket,
  SocketClose,
  SocketFactory,
  SocketObserver,
  SocketRequest,
} from "./socket/socket.ts";
export type { TokenFunction, TokenInput } from "./token/token-source.ts";
export { ClientError, type ClientErrorCode, clientErrorCodes };

/** How to connect, and as whom. */
export type ClientOptions<C extends Contract | undefined = undefined> = ConnectionOptions<C> & ClientCredential;

/** What a client shows the gateway: a token or tickets. */
export type ClientCredential =
  | {
      /**
       * The token, or a function that gives the current one: it is asked for a new one whenever the old one runs out, and a
       * token it gives again after the gateway refused it ends the client. A plain string that is refused does too.
       */
      readonly token: TokenInput;
      readonly ticket?: undefined;
    }
  | {
      readonly token?: undefined;
      /**
       * For pages whose session is a cookie: asks the application for a ticket, such as `POST /ws/ticket` gives. A ticket is
       * good once, so that it is asked anew for each attempt; the connection ends with the session, unrenewed.
       */
      readonly ticket: TokenFunction;
    };

/** How to connect. */
export interface ConnectionOptions<C extends Contract | undefined = undefined> {
  /** What both ends agreed on: types and checks everything. Without it, names are strings and values are JSON. */
  readonly contract?: C;
  /**
   * The pin of the gateway's identity, or those of the current and the next one, as `wardwire keys show` prints them. With
   * it the connection is sealed, always: whoever ends TLS on the way sees neither content nor tokens. The token travels
   * inside the session only, whatever the socket could send, and there is no way back to an unsealed connection.
   */
  readonly serverKey?: string | readonly [current: string, next: string];
  /** Joins sealed channels only, whatever the contract asks for (SR-2.1). Needs {@link ConnectionOptions.serverKey}. */
  readonly require?: "sealed";
  /**
   * Where a sealed connection's client remembers which key bundles it has seen. In browsers `localStorage` when left out,
   * under the key `wardwire-key-bundles`, elsewhere and where that is forbidden memory.
   */
  readonly bundleStore?: BundleStore;
  /**
   * The key that this device's tokens name in `cnf.jwk` (RFC 7800), such as a `CryptoKeyPair` that cannot be exported: Ed25519, or
   * ECDSA with P-256. With it every token is shown with its proof (AU-2). Needs {@link ConnectionOptions.serverKey}.
   */
  readonly deviceKey?: DeviceKey;
  /** This device's name, which counts where the token names none. */
  readonly device?: string;
  /** `json` when left out; `cbor` loads its codec when the client starts. Sealed connections are always `cbor`. */
  readonly encoding?: Encoding;
  /** What opens sockets; the platform's own when left out (`ws` on Node, else `WebSocket`). */
  readonly socket?: SocketFactory;
  /** Whether to come back after a loss; `true` when left out. With `false` the first failure ends the client. */
  readonly reconnect?: boolean;
  readonly limits?: Partial<ClientLimits>;
  /** For tests; the platform's when left out. */
  readonly clock?: Clock;
  /** For tests: numbers from 0 up to but not including 1; `Math.random` when left out. */
  readonly random?: () => number;
  /** Whether there is a network; what browsers tell when left out. */
  readonly network?: NetworkStatus;
}

/**
 * Connects to a gateway and gives the client once it is connected. Unless `reconnect` is `false`, it keeps trying what
 * time may heal until `signal` is aborted.
 *
 * A browser does not tell a page why a handshake failed: a gateway that is down, a refused origin, a limit and an
 * untrusted certificate all look the same. There the client goes on trying with back-off, and its state is `waiting` for
 * the reason `unreachable`. A page that must give up passes a `signal` such as `AbortSignal.timeout(15_000)`, and one
 * that shows what goes on uses {@link createClient}. On Node the reason is known, and what cannot heal ends the client.
 *
 * @param url `wss://host/path`; `ws:` is for loopback only, and no URL may carry a credential.
 * @param options `signal` ends the waiting, and the client with it; it has no part in the life of a connected client.
 * @throws ClientError `invalid-url`, `insecure-url`, `invalid-server-key`, `protection-required` (`require` or
 *   `deviceKey` without `serverKey`), or the reason the client ended
 */
export async function connect<C extends Contract | undefined = undefined>(
  url: string | URL,
  options: ClientOptions<C> & { readonly signal?: AbortSignal },
): Promise<Client<C>> {
  options.signal?.throwIfAborted();
  const client = new UntypedClient(settingsOf(url, options));
  try {
    await client.whenConnected(options.signal);
  } catch (error) {
    await client.close();
    throw error;
  }
  // The client checks by the contract what these types promise; the compiler cannot follow that.
  return client as unknown as Client<C>;
}

/**
 * Gives the client at once, while it connects: for a page that shows how far it is. Otherwise like {@link connect}.
 *
 * @throws ClientError `invalid-url`, `insecure-url`, `invalid-server-key`, `protection-required`
 */
export function createClient<C extends Contract | undefined = undefined>(
  url: string | URL,
  options: ClientOptions<C>,
): Client<C> {
  return new UntypedClient(settingsOf(url, options)) as unknown as Client<C>;
}

function settingsOf(url: string | URL, options: ClientOptions<Contract | undefined>): ClientSettings {
  const { socket = defaultSocket } = options;
  const pins = parsePins(options);
  const settings: ClientSettings = {
    url: parseGatewayUrl(url),
    contract: options.contract,
    token: options.ticket ?? options.token,
    isTicket: options.ticket !== undefined,
    device: options.device,
    protections: (["transport", "sealed"] as const).slice(options.require ? 1 : 0, pins ? 2 : 1),
    // Chunks of their own, so that a page that speaks JSON never loads CBOR, and one without a pin no cryptography.
    async loadTransport(onKeys) {
      if (pins !== undefined) {
        const { sealedTransport } = await import("./sealed/sealed-transport.ts");
        return await sealedTransport({ ...options, ...settings, pins, socket, onKeys });
      }
      const codec = options.encoding === "cbor" ? (await import("@wardwire/wire/cbor")).cborCodec : jsonTextCodec;
      return { socket, codec };
    },
    reconnect: options.reconnect ?? true,
    limits: { ...defaultClientLimits, ...options.limits },
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    newKey: () => crypto.getRandomValues(new Uint32Array(4)).join("-"),
    network: options.network ?? platformNetworkStatus,
  };
  return settings;
}
