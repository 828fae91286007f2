import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";

/** A server on a port of loopback; leaving the scope ends it and every connection of it. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** Listens on a port of loopback. */
export async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * A server that looks at the first bytes of a connection and passes it on to a port, or answers by itself.
 *
 * @param behind what stops with it.
 */
export async function inFrontOf(
  behind: readonly Listening[],
  decide: (first: Buffer) => number | Buffer,
): Promise<Listening> {
  const front = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (first: Buffer) => {
      const decision = decide(first);
      if (typeof decision !== "number") return void socket.end(decision);
      const inner = connect(decision, "127.0.0.1");
      inner.write(first);
      return pipeline(socket, inner, socket, () => undefined);
    });
  });
  const { port, [Symbol.asyncDispose]: stop } = await listen(front);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const end of [stop, ...behind.map((each) => each[Symbol.asyncDispose])]) await end();
    },
  };
}
