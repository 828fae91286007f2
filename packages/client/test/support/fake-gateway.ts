import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Codec } from "@wardwire/wire/codec";
import { decodeClientMessage } from "@wardwire/wire/decode";
import { type ClientFrame, type GatewayFrame, subprotocols } from "@wardwire/wire/frames";
import { gatewayDecodeLimits } from "@wardwire/wire/limits";
import { type WebSocket, WebSocketServer } from "ws";

/** What the gateway answers a handshake with instead of taking it. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

export interface FakeGatewayOptions {
  readonly codec: Codec;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Decides on each handshake. */
  readonly refuse?: (request: IncomingMessage) => Refusal | undefined;
}

/** As much of a gateway as the client needs: one channel, every message to all, over real sockets. */
export class FakeGateway {
  readonly requests: IncomingMessage[] = [];
  readonly received: ClientFrame[] = [];
  readonly sockets = new Set<WebSocket>();
  readonly #codec: Codec;
  readonly #server: Server;
  #offset = 0;

  constructor({ codec, tls, refuse }: FakeGatewayOptions) {
    this.#codec = codec;
    this.#server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
    const sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      handleProtocols: (offered) => {
        const chosen = subprotocols[codec.encoding];
        return offered.has(chosen) ? chosen : false;
      },
    });
    this.#server.on("upgrade", (request, socket, head) => {
      this.requests.push(request);
      const refusal = refuse?.(request);
      if (refusal !== undefined) {
        const headers = Object.entries({ connection: "close", ...refusal.headers }).map(([k, v]) => `${k}: ${v}\r\n`);
        socket.end(`HTTP/1.1 ${refusal.status} Refused\r\n${headers.join("")}\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket));
    });
  }

  /** Listens on a free port of the loopback and is stopped when the test ends; gives the port. */
  async listen(t: TestContext): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    t.after(() => {
      for (const socket of this.sockets) socket.terminate();
      this.#server.close();
    });
    return (this.#server.address() as AddressInfo).port;
  }

  #serve(socket: WebSocket): void {
    this.sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("message", (data: Buffer, isBinary) => {
      const message = isBinary ? new Uint8Array(data) : data.toString();
      for (const decoded of decodeClientMessage(this.#codec, message, gatewayDecodeLimits)) {
        if (!decoded.ok) throw new Error(decoded.message);
        this.received.push(decoded.frame);
        this.#answer(socket, decoded.frame);
      }
    });
  }

  #answer(socket: WebSocket, frame: ClientFrame): void {
    switch (frame.type) {
      case "connect":
        this.#send(socket, {
          type: "connected",
          id: frame.id,
          connection: `c_${this.requests.length}`,
          user: "alice",
          device: frame.device ?? "phone",
          expiresAt: Date.now() + 900_000,
          heartbeatMs: 25_000,
          limits: { maxMessageBytes: 65_536, maxFrames: 64, maxJoins: 128, messagesPerSecond: 20 },
        });
        return;
      case "join": {
        const position = { stream: "s1", offset: this.#offset };
        this.#send(socket, { type: "joined", id: frame.id, channel: 7, name: "room", params: frame.params, position });
        return;
      }
      case "publish": {
        this.#offset += 1;
        const from = { user: "alice", device: "phone", connection: `c_${this.requests.length}` };
        const message = { offset: this.#offset, message: `m${this.#offset}`, from, at: Date.now(), data: frame.data };
        for (const member of this.sockets) this.#send(member, { type: "message", channel: 7, ...message });
        if (frame.id !== undefined) this.#send(socket, { type: "published", id: frame.id, offset: this.#offset });
        return;
      }
      case "call":
        this.#send(socket, { type: "result", id: frame.id, output: frame.input });
        return;
      default:
        this.#send(socket, { type: "error", code: "not-supported", message: `not in this test: ${frame.type}` });
    }
  }

  #send(socket: WebSocket, frame: GatewayFrame): void {
    socket.send(this.#codec.encode(frame));
  }
}
