import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { TestAuthority } from "../../host/certificates.ts";

/** A request as it came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Answers a request; 204 when left out. */
export type Answer = (response: ServerResponse, received: Received) => void;

/** A receiver of webhooks on loopback, whose certificate is for `hooks.example` and the loopback addresses. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly ca: string;
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  private constructor(ca: string, server: Server, answer: Answer) {
    this.ca = ca;
    this.#server = server;
    server.on("request", async (request: IncomingMessage, response: ServerResponse) => {
      const body = (await request.setEncoding("utf8").toArray()).join("");
      const { method = "", url: path = "", headers } = request;
      const received = { method, path, headers, body };
      this.received.push(received);
      response.on("error", () => undefined);
      answer(response, received);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  static async listen(answer: Answer = (response) => response.writeHead(204).end()): Promise<Receiver> {
    const authority = await TestAuthority.create();
    const certified = await authority.issue({ dnsNames: ["hooks.example"], ipAddresses: ["127.0.0.1"] });
    const server = createServer(certified);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Receiver(authority.cert, server, answer);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://hooks.example:${this.port}/signals`;
  }

  /** Resolves when so many requests have come. */
  async count(requests: number): Promise<void> {
    while (this.received.length < requests) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
