/**
 * A gateway for tests of an application: whole, but in memory, on a clock that the test turns, without a network.
 *
 * ```ts
 * await using kit = createTestGateway({ contract: chat, commands });
 * const alice = await connect(kit.url, { ...kit.clientOptions("alice"), contract: chat });
 * await kit.clock.advance(60_000);
 * ```
 */
import { memory } from "@wardwire/cluster/memory";
import type { Contract } from "@wardwire/contract";
import { answerUpgrade } from "../accept/upgrade.ts";
import { allow } from "../auth/authorize.ts";
import type { AuthenticateResult, Credential } from "../auth/identity.ts";
import { createCore } from "../create-core.ts";
import type { Gateway } from "../gateway.ts";
import { gatewayOver } from "../gateway-over.ts";
import type { GatewayOptions } from "../options.ts";
import { memoryServerKeys } from "../server-keys/memory-server-keys.ts";
import { ManualClock, settle } from "./manual-clock.ts";
import {
  type MemoryClientSocket,
  type MemorySocketObserver,
  type MemorySocketRequest,
  openMemorySocket,
} from "./memory-socket.ts";

export type { ManualTimer } from "./manual-clock.ts";
export type { MemoryClientSocket, MemorySocketObserver, MemorySocketRequest } from "./memory-socket.ts";
export { ManualClock, memoryServerKeys, settle };

/** A gateway's options, of which a test need not decide who may do what. */
export type TestGatewayOptions<C extends Contract> = Omit<GatewayOptions<C>, Decided | "clock"> &
  Partial<Pick<GatewayOptions<C>, Decided>>;

/**
 * Left out: no browser's origin is let in, a token is its user's id or `user/device` and lasts a year, and everybody may
 * do everything.
 */
type Decided = "allowedOrigins" | "authenticate" | "authorize";

/** What {@link TestGateway.clientOptions} gives, to be spread into the options of `connect`. */
export interface TestClientOptions {
  readonly token: string;
  readonly clock: ManualClock;
  readonly socket: {
    readonly sendsAuthorization: true;
    open(request: MemorySocketRequest, observer: MemorySocketObserver): MemoryClientSocket;
  };
}

/** A gateway in memory; `await using` closes it. */
export interface TestGateway<C extends Contract> extends AsyncDisposable {
  readonly gateway: Gateway<C>;
  /** Where its clients connect to; no name is looked up. */
  readonly url: string;
  /** The gateway's time and its clients'. It stands still but for what the test lets pass. */
  readonly clock: ManualClock;
  /** What a client needs to connect as the user of this token. */
  clientOptions(token: string): TestClientOptions;
  /** Breaks every connection, as when the network goes: no close frame comes, and clients come back after a back-off. */
  cutConnections(): void;
}

/**
 * Makes a gateway in memory. What needs nobody's time goes on by itself; `settle()` waits until it has.
 *
 * @throws GatewayError as `createGateway`
 */
export function createTestGateway<const C extends Contract>(options: TestGatewayOptions<C>): TestGateway<C> {
  const clock = new ManualClock();
  const core = createCore({
    allowedOrigins: [],
    authenticate: (credential: Credential) => userOf(credential, clock),
    authorize: () => allow(),
    cluster: memory({ now: () => clock.monotonic() }),
    observe: () => {},
    ...options,
    clock,
  } as unknown as GatewayOptions<Contract>);
  const gateway = gatewayOver<C>(core, { trustedProxies: [], ownsCluster: options.cluster === undefined });
  const open = new Set<MemoryClientSocket>();
  const socket: TestClientOptions["socket"] = {
    sendsAuthorization: true,
    open: (request, observer) => {
      const opened = openMemorySocket(
        request,
        observer,
        (handshake) => answerUpgrade(core, handshake),
        () => open.delete(opened),
      );
      open.add(opened);
      return opened;
    },
  };
  return {
    gateway,
    url: `wss://gateway.test${core.path}`,
    clock,
    clientOptions: (token) => ({ token, clock, socket }),
    cutConnections: () => {
      for (const each of open) each.terminate();
    },
    [Symbol.asyncDispose]: () => gateway.close(),
  };
}

const yearMs = 365 * 86_400_000;

function userOf(credential: Credential, clock: ManualClock): AuthenticateResult {
  if (credential.kind !== "token") return { ok: false, code: "token-invalid", detail: "expected a token" };
  const [userId = "", deviceId] = credential.token.split("/");
  const identity = { userId, expiresAt: clock.now() + yearMs, claims: {} };
  return { ok: true, identity: deviceId === undefined ? identity : { ...identity, deviceId } };
}
