import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ServerOptions, WebSocketServer } from "ws";
import { RawClient } from "../../../packages/gateway/test/host/raw-client.ts";

/** An echo on bare `ws` with protections taken away: what the suite must not let pass. `await using` stops it. */
export class WeakEcho implements AsyncDisposable {
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
  }

  static async start(weakness: ServerOptions): Promise<WeakEcho> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...weakness });
    server.on("connection", (ws) => {
      ws.on("error", () => {});
      ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
    });
    await once(server, "listening");
    return new WeakEcho(server);
  }

  readonly connect = (): Promise<RawClient> => RawClient.connect((this.#server.address() as AddressInfo).port);

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ws of this.#server.clients) ws.terminate();
    await new Promise((closed) => this.#server.close(closed));
  }
}
