import type { ConnectionOptions } from "node:tls";
import type { ListenOptions } from "../../src/host/listen-options.ts";
import type {
  HostHandlers,
  HostLimits,
  HostSocket,
  MessageKind,
  SocketEvents,
  SocketHost,
  UpgradeAccepted,
  UpgradeRefused,
  UpgradeRequest,
} from "../../src/host/socket-host.ts";
import { RawClient } from "./raw-client.ts";

/** Makes the host under test. */
export type CreateHost = (
  handlers: HostHandlers,
  limits: HostLimits,
) => { listen(options: ListenOptions): Promise<SocketHost> };

/** How a test listens and connects. */
export interface TestTransport {
  readonly tls: ListenOptions["tls"];
  /** What a client needs to trust the host; undefined for plain TCP. */
  readonly client?: ConnectionOptions;
}

/** Small limits, so that tests reach them quickly. */
export const testLimits: HostLimits = {
  maxMessageBytes: 65_536,
  maxFragments: 16,
  messageTimeoutMs: 20_000,
  maxIncompleteBytesTotal: 1_048_576,
  controlFramesPerSecond: 10,
  controlFrameBurst: 60,
  maxHeaderBytes: 16_384,
  handshakeTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
  maxConnections: 100,
  maxConnectionsPerPeer: 100,
};

/** A refusal with everything a gateway can set. */
export const forbidden: UpgradeRefused = {
  accepted: false,
  status: 403,
  headers: { "X-Reason": "origin" },
  body: "not from this page",
};

/** Starts the host under test. */
export type StartHost = (options?: TestHostOptions) => Promise<TestHost>;

type Problem = Parameters<HostHandlers["problem"]>[0];

/** What a test changes about the host it starts. */
export interface TestHostOptions {
  readonly limits?: Partial<HostLimits>;
  readonly upgrade?: HostHandlers["upgrade"];
  readonly fetch?: HostHandlers["fetch"];
  readonly isProxy?: HostHandlers["isProxy"];
  /** Called instead of recording. */
  readonly events?: Partial<SocketEvents>;
  readonly subprotocol?: string;
}

/** A socket as the gateway sees it, with everything it was told. */
export class RecordedSocket implements SocketEvents {
  readonly socket: HostSocket;
  readonly messages = new Arrivals<{ readonly data: Buffer; readonly kind: MessageKind }>();
  readonly drains = new Arrivals<number>();
  readonly closes = new Arrivals<{ readonly code: number; readonly reason: string }>();
  readonly #instead: Partial<SocketEvents>;

  constructor(socket: HostSocket, instead: Partial<SocketEvents>) {
    this.socket = socket;
    this.#instead = instead;
  }

  message(data: Uint8Array, kind: MessageKind): void {
    this.messages.push({ data: Buffer.from(data), kind });
    this.#instead.message?.(data, kind);
  }

  drained(): void {
    this.drains.push(this.socket.bufferedBytes);
    this.#instead.drained?.();
  }

  closed(code: number, reason: string): void {
    this.closes.push({ code, reason });
    this.#instead.closed?.(code, reason);
  }
}

/** A list that can be waited on. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #taken = 0;
  #wake: () => void = () => {};

  push(item: T): void {
    this.all.push(item);
    this.#wake();
  }

  /** The next item nobody has taken yet. */
  async next(): Promise<T> {
    for (;;) {
      const item = this.all[this.#taken];
      if (item !== undefined) {
        this.#taken++;
        return item;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** A listening host whose sockets, requests and problems are recorded. */
export class TestHost {
  readonly requests = new Arrivals<UpgradeRequest>();
  readonly sockets = new Arrivals<RecordedSocket>();
  readonly problems = new Arrivals<Problem>();
  readonly #transport: TestTransport;
  readonly #options: TestHostOptions;
  #host: SocketHost | undefined;

  constructor(transport: TestTransport, options: TestHostOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  static async start(create: CreateHost, transport: TestTransport, options: TestHostOptions = {}): Promise<TestHost> {
    const test = new TestHost(transport, options);
    const { fetch, isProxy } = options;
    const handlers: HostHandlers = {
      upgrade: (request) => {
        test.requests.push(request);
        return options.upgrade ? options.upgrade(request) : test.accept();
      },
      problem: (problem) => test.problems.push(problem),
      ...(fetch && { fetch }),
      ...(isProxy && { isProxy }),
    };
    const host = create(handlers, { ...testLimits, ...options.limits });
    test.#host = await host.listen({ port: 0, hosts: [{ address: "127.0.0.1" }], tls: transport.tls });
    return test;
  }

  get host(): SocketHost {
    if (!this.#host) throw new Error("the host does not listen");
    return this.#host;
  }

  get port(): number {
    return this.host.addresses[0]?.port ?? 0;
  }

  /** An answer that opens a recorded socket. */
  accept(): UpgradeAccepted {
    const { subprotocol, events = {} } = this.#options;
    return {
      accepted: true,
      ...(subprotocol !== undefined && { subprotocol }),
      open: (socket) => {
        const recorded = new RecordedSocket(socket, events);
        this.sockets.push(recorded);
        return recorded;
      },
    };
  }

  connect(): Promise<RawClient> {
    return RawClient.connect(this.port, this.#transport.client);
  }

  /** An open WebSocket, seen from both ends. */
  async open(): Promise<{ readonly client: RawClient; readonly server: RecordedSocket }> {
    const client = await this.connect();
    await client.open();
    return { client, server: await this.sockets.next() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host?.close();
  }
}
