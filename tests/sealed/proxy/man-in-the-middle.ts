import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import type { Certified } from "../../../packages/gateway/test/host/certificates.ts";
import { clientFrame, opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import { Recording } from "../recording/recording.ts";
import { pathOf, readHead } from "./http-head.ts";
import { type Carried, MessageReader } from "./message-reader.ts";

/** `up` is from the client to the gateway, `down` back. */
export type Direction = "up" | "down";

/** A message on its way, and what can be done about it. */
export interface Way {
  readonly direction: Direction;
  /** How many data messages this direction of the connection has carried, this one included; control frames have that of the message before. */
  readonly number: number;
  /** Sends something on in the direction it came, in so many frames. */
  forward(message: Carried, fragments?: number): void;
  /** Sends something back where it came from. */
  backward(message: Carried): void;
  /** Ends both TCP connections at once. */
  cut(): void;
}

/** What is done to one WebSocket connection; whatever is left out passes as it came. */
export interface Tampering {
  /** Given every message and control frame; nothing goes on but by `way`. */
  readonly carry?: (message: Carried, way: Way) => void;
  /** Gives the head of the opening handshake that goes to the gateway. */
  readonly request?: (head: string) => string;
  /** Gives the head of the answer that goes to the client. */
  readonly answer?: (head: string) => string;
}

/** Where a proxy leads; over TLS when there is an authority to trust. */
export interface Target {
  readonly port: number;
  /** PEM. */
  readonly ca?: string;
}

/**
 * A proxy on loopback that ends TLS, records all plain text and changes what it is told to. It speaks HTTP and WebSocket
 * by itself, so that it can act at every message. Without a certificate it is a plain hop behind somebody else's TLS.
 * `await using` stops it.
 */
export class ManInTheMiddle implements AsyncDisposable {
  /** All it has seen, before it changed anything. */
  readonly recording: Recording = new Recording();
  /** WebSocket connections so far. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #answers = new Map<string, Uint8Array>();
  readonly #scheme: "https" | "http";
  #target: Target = { port: 0 };
  #tamper: (connection: number) => Tampering = () => ({});
  #accepted = 0;

  private constructor(certificate: Certified | undefined) {
    const accept = (near: Socket): void => void this.#accept(near);
    this.#scheme = certificate === undefined ? "http" : "https";
    this.#server =
      certificate === undefined
        ? createServer(accept)
        : createTlsServer({ ...certificate, ALPNProtocols: ["http/1.1"] }, accept);
  }

  /** Listens on a free port, with a certificate that the client trusts or without TLS. */
  static async start(certificate?: Certified): Promise<ManInTheMiddle> {
    const proxy = new ManInTheMiddle(certificate);
    await once(proxy.#server.listen(0, "127.0.0.1"), "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `https://127.0.0.1:PORT`, or `http:` without a certificate. */
  get origin(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** `wss://127.0.0.1:PORT/ws`, or `ws:` without a certificate. */
  get socket(): string {
    return `${this.origin.replace("http", "ws")}/ws`;
  }

  /** Leads there from now on; the origin of a gateway has to be known before the gateway is made. */
  leadTo(target: Target): void {
    this.#target = target;
  }

  /** Asks this about every WebSocket connection to come; they are counted from 1. */
  tamperWith(tamper: (connection: number) => Tampering): void {
    this.#tamper = tamper;
  }

  /** Answers requests for a path with these bytes, a whole HTTP message, instead of asking the gateway. */
  answer(path: string, message: Uint8Array | undefined): void {
    if (message === undefined) this.#answers.delete(path);
    else this.#answers.set(path, message);
  }

  /** Ends every connection there is without a word; new ones are carried. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #accept(near: Socket): Promise<void> {
    this.#accepted += 1;
    const name = `connection ${this.#accepted}`;
    this.#keep(near);
    const request = await readHead(near);
    if (request === undefined) return;
    this.recording.add(`${name} up`, Buffer.from(request.head, "latin1"));
    const answer = this.#answers.get(pathOf(request.head));
    if (answer !== undefined) {
      near.end(answer);
      return;
    }
    const far = this.#dial();
    if (/^upgrade: *websocket/im.test(request.head)) await this.#openWebSocket(name, near, far, request);
    else {
      // One request a connection, so that none escapes `answer`.
      far.write(request.head.replace(/^connection:.*\r\n/im, "").replace("\r\n", "\r\nConnection: close\r\n"));
      this.#pass(`${name} up`, near, far, request.rest);
      this.#pass(`${name} down`, far, near);
    }
  }

  async #openWebSocket(
    name: string,
    near: Socket,
    far: Socket,
    request: { readonly head: string; readonly rest: Buffer },
  ): Promise<void> {
    this.connections += 1;
    const tampering = this.#tamper(this.connections);
    far.write(tampering.request?.(request.head) ?? request.head);
    const answer = await readHead(far);
    if (answer === undefined) {
      near.destroy();
      return;
    }
    this.recording.add(`${name} down`, Buffer.from(answer.head, "latin1"));
    near.write(tampering.answer?.(answer.head) ?? answer.head);
    const carry = tampering.carry ?? ((message, way) => way.forward(message));
    if (!answer.head.startsWith("HTTP/1.1 101")) {
      this.#pass(`${name} up`, near, far, request.rest);
      this.#pass(`${name} down`, far, near, answer.rest);
      return;
    }
    this.#carry(`${name} up`, { direction: "up", from: near, to: far, early: request.rest }, carry);
    this.#carry(`${name} down`, { direction: "down", from: far, to: near, early: answer.rest }, carry);
  }

  #carry(name: string, { direction, from, to, early }: Lane, carry: NonNullable<Tampering["carry"]>): void {
    const reader = new MessageReader();
    let number = 0;
    const isUp = direction === "up";
    const forward = (message: Carried, fragments = 1): void => sendOn(to, message, isUp, fragments);
    const backward = (message: Carried): void => sendOn(from, message, !isUp);
    const cut = (): void => {
      from.destroy();
      to.destroy();
    };
    const take = (bytes: Buffer): void => {
      for (const message of reader.read(bytes)) {
        this.recording.add(name, message.payload);
        if (message.opcode < opcodes.close) number += 1;
        carry(message, { direction, number, forward, backward, cut });
      }
    };
    take(early);
    from.on("data", take).on("close", () => to.destroySoon());
    from.resume();
  }

  /** Carries bytes as they come. */
  #pass(name: string, from: Socket, to: Socket, early: Buffer = Buffer.alloc(0)): void {
    const take = (bytes: Buffer): void => {
      this.recording.add(name, bytes);
      to.write(bytes);
    };
    if (early.length > 0) take(early);
    from.on("data", take).on("close", () => to.destroySoon());
    from.resume();
  }

  #dial(): Socket {
    const { port, ca } = this.#target;
    const to = { port, host: "localhost" };
    const far =
      ca === undefined
        ? connectTcp(to)
        : connectTls({ ...to, ca, servername: "localhost", ALPNProtocols: ["http/1.1"] });
    this.#keep(far);
    return far;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    // A reset is an end like another: what waits for the close hears of it.
    socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
  }
}

/** One direction of a WebSocket connection. */
interface Lane {
  readonly direction: Direction;
  readonly from: Socket;
  readonly to: Socket;
  /** What came together with the head. */
  readonly early: Buffer;
}

/** Messages to a gateway are masked. */
function sendOn(socket: Socket, { opcode, payload }: Carried, masked: boolean, fragments = 1): void {
  if (!socket.writable) return;
  const size = Math.ceil(payload.length / fragments);
  const frames = Array.from({ length: fragments }, (_, index) =>
    clientFrame({
      opcode: index === 0 ? opcode : opcodes.continuation,
      payload: payload.subarray(index * size, (index + 1) * size),
      fin: index === fragments - 1,
      masked,
    }),
  );
  socket.write(Buffer.concat(frames));
}
