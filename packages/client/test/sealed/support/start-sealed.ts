import type { TestContext } from "node:test";
import type { Contract } from "@wardwire/contract";
import type { Client, ClientState, ConnectionOptions } from "../../../src/connect.ts";
import { createClient } from "../../../src/connect.ts";
import type { TokenInput } from "../../../src/token/token-source.ts";
import { FakeNetwork } from "../../support/fake-network.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { pins, ServerKeys } from "./server-keys.ts";
import { StandInGateway } from "./stand-in-gateway.ts";
import { Wires } from "./wire.ts";

/** The token of these tests, which nobody on the way may see. */
export const canary = "canary-token-8d1f";

/** A sealed client, the gateway it talks to, and whoever is on the way. */
export interface SealedRig<C extends Contract | undefined> {
  readonly client: Client<C>;
  readonly gateway: StandInGateway;
  readonly keys: ServerKeys;
  readonly wires: Wires;
  readonly clock: VirtualClock;
}

/** How a rig differs from the usual one. */
export interface RigChanges {
  /** Called before the client starts. */
  readonly prepare?: (rig: Omit<SealedRig<undefined>, "client">) => void | Promise<void>;
  readonly token?: TokenInput;
}

/** Starts a sealed client; closed when the test ends. Nothing is awaited: a test awaits the phase it means. */
export async function startSealed<C extends Contract | undefined = undefined>(
  t: TestContext,
  { prepare, token = () => canary, ...options }: Partial<ConnectionOptions<C>> & RigChanges = {},
): Promise<SealedRig<C>> {
  const clock = new VirtualClock(1_795_262_400_000);
  const keys = new ServerKeys(() => clock.now());
  await keys.publish();
  const gateway = new StandInGateway(keys, clock);
  const wires = new Wires(gateway.serve, () => keys.served);
  await prepare?.({ gateway, keys, wires, clock });
  const client = createClient<C>("wss://chat.example/ws", {
    token,
    serverKey: pins.current,
    socket: wires,
    clock,
    network: new FakeNetwork(),
    random: () => 0.5,
    ...options,
  });
  t.after(() => client.close());
  return { client, gateway, keys, wires, clock };
}

/** Resolves with the state once the client is in a phase. */
export async function reaches<P extends ClientState["phase"]>(
  client: Pick<Client, "state"> & EventTarget,
  phase: P,
): Promise<Extract<ClientState, { phase: P }>> {
  while (client.state.phase !== phase) {
    await new Promise((resolve) => client.addEventListener("state", resolve, { once: true }));
  }
  return client.state as Extract<ClientState, { phase: P }>;
}

/** A client that has joined the room and read its first message. */
export async function startInRoom(t: TestContext, changes: Partial<ConnectionOptions> & RigChanges = {}) {
  const rig = await startSealed(t, changes);
  await reaches(rig.client, "connected");
  const room = await rig.client.join("room", null);
  const read: unknown[] = [];
  // A channel that is over ends the reading too; why is no news here.
  readInto(read, room.messages).catch(() => undefined);
  rig.gateway.publish("first");
  await until(() => read.length > 0);
  return { ...rig, room, read };
}

/** Resolves once a condition holds; a test that waits in vain fails by its time limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

async function readInto(read: unknown[], messages: AsyncIterable<{ readonly data: unknown }>): Promise<void> {
  for await (const { data } of messages) read.push(data);
}

/** A copy with one bit of the byte at `at` changed; counted from the end where it is negative. */
export function flipped(message: Uint8Array, at: number): Uint8Array {
  const copy = message.slice();
  const index = at < 0 ? message.length + at : at;
  copy[index] = (copy[index] as number) ^ 0x10;
  return copy;
}
