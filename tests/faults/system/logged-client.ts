import { EventEmitter, once } from "node:events";
import { type Client, ClientError, type ConnectionOptions, connect, type JoinedChannel } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import type { ClientLog, LogEntry } from "../checker/log.ts";
import { contract } from "./application.ts";

/** Where a client connects to, and who signs its tokens. */
export interface LoggedGateway {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  token(user: string): Promise<string>;
}

/** Which channel of the application a client joins. */
export interface Place {
  readonly channel: "log" | "crowd" | "brief";
  readonly id: string;
}

/** How a client connects; what is left out is as in an application. */
export type LoggedClientOptions = Pick<ConnectionOptions, "encoding" | "limits" | "random" | "serverKey"> & {
  /** Made by `logContract`; that of the application when left out. */
  readonly contract?: typeof contract;
  /** Of a cable to the gateway; the gateway's own when left out. */
  readonly port?: number;
};

type LogChannel = JoinedChannel<{ id: string }, Send, Send>;

interface Send {
  readonly send: string;
  readonly filling: string;
}

/**
 * An ordinary client in one channel that writes down what it sends, what is acknowledged, what it receives and what it is
 * told, for the checker. It joins with its own messages, or positions would jump. Let everybody join before anybody
 * publishes: a message that comes together with the join would be taken for one from before it. `await using` closes it.
 */
export class LoggedClient implements AsyncDisposable {
  readonly name: string;
  readonly client: Client<typeof contract>;
  readonly channel: LogChannel;
  /** The channel's name in the logs. */
  readonly place: string;
  /** Codes of publications that failed: refused, or with an unknown outcome. */
  readonly failures: string[] = [];
  /** Acknowledged as a repetition: an earlier attempt had been taken, and only its acknowledgement was lost. */
  repetitions = 0;
  /** How it ended, if it did so by itself. */
  ending: Error | undefined;
  readonly #entries: LogEntry[] = [];
  readonly #received = new Map<string, number>();
  readonly #heard = new EventEmitter().setMaxListeners(0);
  /** Of the message that is read next: another than the channel's while messages of before a gap are unread. */
  #stream: string;
  readonly #streamsAfterGaps: string[] = [];

  private constructor(name: string, client: Client<typeof contract>, channel: LogChannel, place: string) {
    this.name = name;
    this.client = client;
    this.channel = channel;
    this.place = place;
    this.#stream = channel.position.stream;
    this.#note({ event: "joined", channel: place, position: channel.position });
    channel.addEventListener("gap", ({ detail }) => {
      this.#streamsAfterGaps.push(detail.position.stream);
      this.#note({ event: "gap", channel: place, ...detail });
    });
    this.#read().catch((error: Error) => {
      this.ending = error;
    });
  }

  /** Connects as the user `name` and joins; comes back as often as it takes. */
  static async join(
    gateway: LoggedGateway,
    name: string,
    { channel, id }: Place,
    { port = gateway.port, ...options }: LoggedClientOptions = {},
  ): Promise<LoggedClient> {
    const client = await connect(`wss://127.0.0.1:${port}/ws`, {
      contract,
      socket: nodeSocket({ ca: gateway.ca }),
      token: () => gateway.token(name),
      ...options,
    });
    const joined = await client.join(channel, { id }, { own: true });
    return new LoggedClient(name, client, joined, `${channel}:${id}`);
  }

  /** What it has written down so far. */
  get log(): ClientLog {
    return { client: this.name, entries: this.#entries };
  }

  /** How many lines of a kind its log has. */
  count(event: "acknowledged" | "received" | "gap"): number {
    return this.#entries.filter((entry) => entry.event === event).length;
  }

  /**
   * Publishes a message under its name as the key, and writes down what came of it.
   *
   * @returns whether it was acknowledged.
   */
  async publish(send: string, filling = ""): Promise<boolean> {
    const { place: channel } = this;
    this.#note({ event: "sent", channel, send });
    try {
      const { offset, duplicate } = await this.channel.publish({ send, filling }, { key: send });
      this.#note({ event: "acknowledged", channel, send, stream: this.channel.position.stream, offset });
      if (duplicate) this.repetitions += 1;
      return true;
    } catch (error) {
      this.failures.push(error instanceof ClientError ? error.code : String(error));
      return false;
    }
  }

  /** When a message came, by `performance.now()`. */
  receivedAt(send: string): number | undefined {
    return this.#received.get(send);
  }

  /**
   * Resolves when a message has come.
   *
   * @throws Error with where it stands, when it does not come within half a minute.
   */
  async received(send: string): Promise<void> {
    const signal = AbortSignal.timeout(receiptDeadlineMs);
    while (!this.#received.has(send)) {
      if (signal.aborted) throw new Error(`${this.name} never received ${send}: ${JSON.stringify(this.#standing)}`);
      await once(this.#heard, "receipt", { signal }).catch(() => undefined);
    }
  }

  /** Writes down that its user has just been revoked. */
  revoked(): void {
    this.#note({ event: "revoked" });
  }

  /** Writes down that nothing is on its way any more. */
  settle(): void {
    this.#note({ event: "settled", channel: this.place, position: this.channel.position });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }

  get #standing(): object {
    const { client, channel, ending } = this;
    return { state: client.state, position: channel.position, ending: ending?.message };
  }

  async #read(): Promise<void> {
    for await (const { offset, data, afterGap } of this.channel.messages) {
      if (afterGap) this.#stream = this.#streamsAfterGaps.splice(0).at(-1) ?? this.#stream;
      const { send } = data;
      this.#note({ event: "received", channel: this.place, stream: this.#stream, offset, send });
      this.#received.set(send, performance.now());
      this.#heard.emit("receipt");
    }
  }

  #note(entry: DistributedOmit<LogEntry, "at">): void {
    this.#entries.push({ at: performance.now(), ...entry });
  }
}

const receiptDeadlineMs = 30_000;

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
