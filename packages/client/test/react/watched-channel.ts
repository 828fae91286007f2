import type { TestContext } from "node:test";
import type { ChannelSnapshot } from "../../src/react/shared-channel.ts";
import { channelKey, SharedChannels } from "../../src/react/shared-channels.ts";
import { chat } from "../support/chat-contract.ts";
import type { FakeSocket } from "../support/fake-socket.ts";
import { startClient } from "../support/start-client.ts";
import { settle } from "../support/virtual-clock.ts";

export const tea = channelKey("room", { roomId: "tea" });

/** The shared channels over a client whose gateway is the test. */
export async function startShared(t: TestContext, { connected = true } = {}) {
  const rig = await startClient(t, { contract: chat }, { connected });
  // As the hooks do it: the types of the contract are theirs.
  const shared = new SharedChannels(rig.client as unknown as ConstructorParameters<typeof SharedChannels>[0]);
  return { ...rig, shared };
}

/** A component, as far as a shared channel knows of one. */
export class WatchedChannel {
  /** How often it was told of a change: its renderings. */
  changes = 0;
  readonly stop: () => void;
  readonly #shared: SharedChannels;
  #onChange = (): void => undefined;

  constructor(shared: SharedChannels, { keep = 200, history = 0 } = {}) {
    this.#shared = shared;
    this.stop = shared.subscribe(tea, { keep, history }, () => {
      this.changes += 1;
      this.#onChange();
    });
  }

  get snapshot(): ChannelSnapshot {
    return this.#shared.snapshot(tea);
  }

  get texts(): unknown[] {
    return this.snapshot.messages.map(({ data }) => (data as { readonly text: string }).text);
  }

  /** Waits for the next change. */
  nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }
}

/** Answers the last join. */
export async function giveJoined(socket: FakeSocket, stream = "s1"): Promise<void> {
  const { id, channel, params } = socket.last("join");
  socket.give({ type: "joined", id, channel: 7, name: channel, params, position: { stream, offset: 10 } });
  await settle();
}

/** Answers the last leave. */
export async function giveLeft(socket: FakeSocket): Promise<void> {
  socket.give({ type: "left", id: socket.last("leave").id, channel: 7 });
  await settle();
}

/** The frames about channels that the client has sent, by type. */
export function sentTypes(socket: FakeSocket): string[] {
  return socket.sent.map(({ type }) => type).filter((type) => type !== "connect");
}

/** A message of somebody else, as history has it. */
export function message(offset: number, text = `m${offset}`) {
  const from = { user: "bob", device: "laptop", connection: "c_bob" };
  return { offset, message: `id${offset}`, from, at: 1_000 + offset, data: { text } };
}

/** The same as a push. */
export function push(offset: number, text?: string) {
  return { type: "message", channel: 7, ...message(offset, text) } as const;
}
