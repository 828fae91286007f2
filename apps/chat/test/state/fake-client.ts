import type { ClientState, Security } from "@wardwire/client";
import type { ChatChannel, ChatClient } from "../../src/state/chat-client.ts";

const alice = { user: "alice", device: "phone", connection: "c_1" };

/** A room of the fake gateway, driven by the test. */
export class FakeChannel extends EventTarget {
  position = { stream: "s_1", offset: 0 };
  present = [{ ...alice, since: 1 }];
  left = false;
  /** What `publish` was called with. */
  readonly published: { readonly text: string; readonly key: string | undefined }[] = [];
  /** What the next publishes reject with; an absent entry lets one through. */
  readonly publishFailures: (Error | undefined)[] = [];
  /** What `history` answers. */
  past: { offset: number; text: string }[] = [];
  readonly #waiting: ((item: unknown) => void)[] = [];

  /** Delivers a live message. */
  deliver(offset: number, text: string): void {
    this.position = { ...this.position, offset };
    this.#waiting.shift()?.(messageOf({ offset, text }));
  }

  readonly messages = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: await new Promise((resolve) => this.#waiting.push(resolve)) }),
    }),
  };

  async history(): Promise<unknown> {
    return { messages: this.past.map(messageOf).reverse(), position: this.position };
  }

  async presence(): Promise<unknown> {
    return this.present;
  }

  async publish({ text }: { readonly text: string }, { key }: { readonly key?: string } = {}): Promise<unknown> {
    this.published.push({ text, key });
    const failure = this.publishFailures.shift();
    if (failure !== undefined) throw failure;
    return { offset: this.position.offset + 1, duplicate: false };
  }

  async leave(): Promise<void> {
    this.left = true;
  }

  /** The fake in the type of what it stands for. */
  get asChannel(): ChatChannel {
    return this as unknown as ChatChannel;
  }
}

/** A client that is connected at once and joins whatever it is asked to. */
export class FakeClient extends EventTarget {
  state: ClientState = { phase: "connected", ...alice, expiresAt: 0 };
  security: Security | undefined = { protection: "transport" };
  readonly channels = new Map<string, FakeChannel>();
  /** What the next joins reject with. */
  readonly joinFailures: Error[] = [];
  loggedOut = false;
  /** How often `retry` was called. */
  retries = 0;

  retry(): void {
    this.retries += 1;
  }

  async join(kind: string, { roomId }: { readonly roomId: string }): Promise<FakeChannel> {
    const failure = this.joinFailures.shift();
    if (failure !== undefined) throw failure;
    const channel = new FakeChannel();
    this.channels.set(`${kind}/${roomId}`, channel);
    return channel;
  }

  async call(_command: string, { title }: { readonly title: string }): Promise<unknown> {
    return { title: title.normalize("NFC") };
  }

  async logout(): Promise<void> {
    this.loggedOut = true;
  }

  notify(roomId: string, title: string): void {
    this.dispatchEvent(new CustomEvent("notification", { detail: { data: { roomId, title }, at: 0 } }));
  }

  /** The fake in the type of what it stands for. */
  get asClient(): ChatClient {
    return this as unknown as ChatClient;
  }
}

/** Resolves when everything that waits for nothing has been done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function messageOf({ offset, text }: { readonly offset: number; readonly text: string }) {
  const sender = { user: "bob", device: "laptop", connection: "c_9" };
  return { sender, at: offset * 1_000, offset, id: `m_${offset}`, data: { text }, afterGap: false };
}
