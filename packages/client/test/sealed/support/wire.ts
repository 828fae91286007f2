import type { WireMessage } from "@wardwire/wire/codec";
import type {
  FetchBytesOptions,
  Socket,
  SocketFactory,
  SocketObserver,
  SocketRequest,
} from "../../../src/socket/socket.ts";

/** What whoever is on the way does with a message: the messages that go on in its place. */
export type Interference = (message: Uint8Array, number: number) => readonly WireMessage[];

/** One socket: whole messages both ways in their order, each of which goes through the hands of an attacker. */
export class Wire implements Socket {
  readonly request: SocketRequest;
  readonly bufferedAmount = 0;
  /** Set by the gateway. */
  onMessage: (message: Uint8Array) => void = () => undefined;
  /** Everything that was on the way, in either direction. */
  readonly seen: WireMessage[] = [];
  closedWith: number | undefined;
  readonly #observer: SocketObserver;
  readonly #attacker: Attacker;
  #order: Promise<void> = Promise.resolve();
  #sent = 0;
  #received = 0;

  constructor(request: SocketRequest, observer: SocketObserver, attacker: Attacker) {
    this.request = request;
    this.#observer = observer;
    this.#attacker = attacker;
  }

  /** The gateway takes the handshake. */
  accept(protocol: string): void {
    this.#later(() => this.#observer.onOpen(this.#attacker.protocol ?? protocol));
  }

  /** From the client. */
  send(message: WireMessage): void {
    this.seen.push(message);
    const number = this.#sent;
    this.#sent += 1;
    for (const each of this.#attacker.toGateway(message as Uint8Array, number)) {
      this.#later(() => this.onMessage(each as Uint8Array));
    }
  }

  /** From the gateway. */
  toClient(message: WireMessage): void {
    this.seen.push(message);
    const number = this.#received;
    this.#received += 1;
    for (const each of this.#attacker.toClient(message as Uint8Array, number)) this.inject(each);
  }

  /** From the attacker, to the client. */
  inject(message: WireMessage): void {
    this.#later(() => this.#observer.onMessage(typeof message === "string" ? message : message.slice()));
  }

  close(code: number): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = code;
    this.#later(() => this.#observer.onClose({ code, reason: "" }));
  }

  terminate(): void {
    this.close(1006);
  }

  #later(task: () => void): void {
    this.#order = this.#order.then(task);
  }
}

/** Whoever is on the way; lets everything pass unless told otherwise. */
export class Attacker {
  toGateway: Interference = (message) => [message];
  toClient: Interference = (message) => [message];
  /** The subprotocol the client is told. */
  protocol: string | undefined;
}

/** Opens {@link Wire}s to a gateway of the test. */
export class Wires implements SocketFactory {
  readonly sendsAuthorization: boolean = true;
  readonly all: Wire[] = [];
  /** How often a bundle was fetched. */
  readonly fetched: string[] = [];
  readonly attacker = new Attacker();
  readonly #serve: (end: Wire) => void;
  fetchBytes: (url: string, options: FetchBytesOptions) => Promise<Uint8Array>;

  constructor(serve: (end: Wire) => void, bundle: () => Uint8Array) {
    this.#serve = serve;
    this.fetchBytes = async (url) => {
      this.fetched.push(url);
      return bundle();
    };
  }

  open(request: SocketRequest, observer: SocketObserver): Socket {
    const wire = new Wire(request, observer, this.attacker);
    this.all.push(wire);
    queueMicrotask(() => this.#serve(wire));
    return wire;
  }

  get latest(): Wire {
    const wire = this.all.at(-1);
    if (wire === undefined) throw new Error("the client opened no socket");
    return wire;
  }

  /** Every byte that was on the way, and every header and URL, as one Latin-1 text to search. */
  get recording(): string {
    const messages = this.all.flatMap(({ request, seen }) => [JSON.stringify(request), ...seen.map(latin1)]);
    return [...this.fetched, ...messages].join("\n");
  }
}

function latin1(message: WireMessage): string {
  return typeof message === "string" ? message : Buffer.from(message).toString("latin1");
}
