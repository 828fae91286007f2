import { decodeClientMessage } from "@wardwire/wire/decode";
import type { ClientFrame, GatewayFrame } from "@wardwire/wire/frames";
import { jsonCodec } from "@wardwire/wire/json";
import { gatewayDecodeLimits } from "@wardwire/wire/limits";
import type { Socket, SocketClose, SocketFactory, SocketObserver, SocketRequest } from "../../src/socket/socket.ts";
import { settle } from "./virtual-clock.ts";

/** One socket the client opened, seen from the gateway's side. */
export class FakeSocket implements Socket {
  readonly request: SocketRequest;
  readonly observer: SocketObserver;
  readonly sent: ClientFrame[] = [];
  closedWith: number | undefined;
  terminated = false;
  bufferedAmount = 0;
  /** A closed socket answers with its close frame, unless it is to hang. */
  hangs = false;

  constructor(request: SocketRequest, observer: SocketObserver) {
    this.request = request;
    this.observer = observer;
  }

  send(message: string | Uint8Array): void {
    for (const decoded of decodeClientMessage(jsonCodec, message, gatewayDecodeLimits)) {
      if (!decoded.ok) throw new Error(decoded.message);
      this.sent.push(decoded.frame);
    }
  }

  close(code: number, reason: string): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = code;
    if (!this.hangs) queueMicrotask(() => this.observer.onClose({ code, reason }));
  }

  terminate(): void {
    this.terminated = true;
    this.observer.onClose({ code: 1006, reason: "" });
  }

  /** Opens the socket and answers `connect`. */
  async accept(connection = "c_1", fields: Partial<Extract<GatewayFrame, { type: "connected" }>> = {}): Promise<void> {
    this.observer.onOpen("wardwire.v1.json");
    this.give({
      type: "connected",
      id: this.last("connect").id,
      connection,
      user: "alice",
      device: "phone",
      expiresAt: 4_000_000_000_000,
      heartbeatMs: 25_000,
      limits: { maxMessageBytes: 65_536, maxFrames: 64, maxJoins: 128, messagesPerSecond: 20 },
      ...fields,
    });
    await settle();
  }

  /** Sends frames as one message. */
  give(...frames: GatewayFrame[]): void {
    this.observer.onMessage(jsonCodec.join(frames.map((frame) => jsonCodec.encode(frame))));
  }

  /** The last frame of a type that the client sent. */
  last<T extends ClientFrame["type"]>(type: T): Extract<ClientFrame, { type: T }> {
    const frame = this.sent.findLast((sent) => sent.type === type);
    if (frame === undefined) throw new Error(`the client sent no ${type}`);
    return frame as Extract<ClientFrame, { type: T }>;
  }

  /** Ends the socket from the gateway's side. */
  async end(close: Partial<SocketClose> = {}): Promise<void> {
    this.observer.onClose({ code: 1006, reason: "", ...close });
    await settle();
  }
}

/** A socket factory whose gateway is the test. */
export class FakeSockets implements SocketFactory {
  readonly sendsAuthorization: boolean;
  readonly all: FakeSocket[] = [];
  /** Called with every socket opened. */
  onSocket: (socket: FakeSocket) => void = () => undefined;

  constructor(sendsAuthorization = false) {
    this.sendsAuthorization = sendsAuthorization;
  }

  open(request: SocketRequest, observer: SocketObserver): Socket {
    const socket = new FakeSocket(request, observer);
    this.all.push(socket);
    queueMicrotask(() => this.onSocket(socket));
    return socket;
  }

  get latest(): FakeSocket {
    const socket = this.all.at(-1);
    if (socket === undefined) throw new Error("the client opened no socket");
    return socket;
  }
}
