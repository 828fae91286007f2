import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Contract } from "@wardwire/contract";
import {
  type Client,
  type ClientCredential,
  type ClientState,
  type ConnectionOptions,
  createClient,
} from "../../src/connect.ts";
import type { TokenFunction, TokenInput } from "../../src/token/token-source.ts";
import { FakeNetwork } from "./fake-network.ts";
import { FakeSockets } from "./fake-socket.ts";
import { settle, VirtualClock } from "./virtual-clock.ts";

/** A client over sockets, a clock and a network that the test holds in its hands. */
export interface Rig<C extends Contract | undefined> {
  readonly client: Client<C>;
  readonly sockets: FakeSockets;
  readonly clock: VirtualClock;
  readonly network: FakeNetwork;
}

interface Credentials {
  readonly token?: TokenInput | undefined;
  readonly ticket?: TokenFunction | undefined;
}

/** Starts a client, already connected unless `connected` is false; closed when the test ends. */
export async function startClient<C extends Contract | undefined = undefined>(
  t: TestContext,
  { token = () => "token-1", ticket, ...options }: Partial<ConnectionOptions<C>> & Credentials = {},
  { connected = true, online = true, sendsAuthorization = false } = {},
): Promise<Rig<C>> {
  const sockets = new FakeSockets(sendsAuthorization);
  const clock = new VirtualClock();
  const network = new FakeNetwork(online);
  const credential: ClientCredential = ticket === undefined ? { token } : { ticket };
  const client = createClient<C>("wss://chat.example/ws", {
    ...credential,
    socket: sockets,
    clock,
    network,
    random: () => 0.5,
    ...options,
  });
  t.after(() => client.close());
  await settle();
  if (connected) await sockets.latest.accept();
  return { client, sockets, clock, network };
}

/** The state, when it is in this phase; fails otherwise. */
export function inPhase<P extends ClientState["phase"]>(
  client: { readonly state: ClientState },
  phase: P,
): Extract<ClientState, { phase: P }> {
  const { state } = client;
  assert.equal(state.phase, phase);
  return state as Extract<ClientState, { phase: P }>;
}
