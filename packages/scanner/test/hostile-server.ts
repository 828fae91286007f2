import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** A server on a port of loopback; leaving the scope ends it and every connection of it. */
export interface HostileServer extends AsyncDisposable {
  readonly port: number;
}

/** A TCP server that treats every connection as `behave` does. */
export function hostile(behave: (socket: Socket) => void): Promise<HostileServer> {
  return listen(createServer(quiet(behave)));
}

/** The same behind TLS. */
export function hostileTls(options: TlsOptions, behave: (socket: Duplex) => void): Promise<HostileServer> {
  const server = createTlsServer(options, quiet(behave));
  server.on("tlsClientError", () => undefined);
  return listen(server);
}

/** Calls `answer` with the head of the first request. */
export function onRequest(socket: Duplex, answer: (head: string) => void): void {
  let head = "";
  socket.on("data", (chunk: Buffer) => {
    const wasWhole = head.includes("\r\n\r\n");
    head += chunk.toString("latin1");
    if (!wasWhole && head.includes("\r\n\r\n")) answer(head);
  });
}

/** The 101 that a correct server answers. */
export function switching(head: string): string {
  const key = /^sec-websocket-key: (.*)$/im.exec(head)?.[1] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  return `${[...lines, `Sec-WebSocket-Accept: ${accept}`].join("\r\n")}\r\n\r\n`;
}

/** Writes `chunk` again and again, as fast as it is read. */
export function pour(socket: Duplex, chunk: Buffer | string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}

/** Hostile servers break connections; whatever becomes of the other end is no fault of theirs. */
function quiet<S extends Duplex>(behave: (socket: S) => void): (socket: S) => void {
  return (socket) => {
    socket.on("error", () => undefined);
    behave(socket);
  };
}

async function listen(server: Server): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
