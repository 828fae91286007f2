import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";

/** An issuer's key set over loopback http that counts what it is asked for and answers as the test says. */
export class KeySetServer {
  readonly #server = createServer((_request, response) => {
    this.hits += 1;
    this.answer(response);
    this.#server.emit("hit");
  });
  /** Requests so far. */
  hits = 0;
  answer: (response: ServerResponse) => void;

  private constructor(keys: readonly unknown[]) {
    this.answer = answerKeys(keys);
  }

  static async start(keys: readonly unknown[]): Promise<KeySetServer> {
    const server = new KeySetServer(keys);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks.json`;
  }

  publish(keys: readonly (JWK | object)[]): void {
    this.answer = answerKeys(keys);
  }

  fail(): void {
    this.answer = (response) => response.writeHead(500).end("down");
  }

  /** Resolves at the next request. */
  async nextHit(): Promise<void> {
    await once(this.#server, "hit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function answerKeys(keys: readonly unknown[]): (response: ServerResponse) => void {
  return (response) => {
    response.setHeader("content-type", "application/jwk-set+json");
    response.end(JSON.stringify({ keys }));
  };
}
