import type { Server, Socket } from "node:net";

/**
 * Lets TLS handshakes begin a few at a time (R30): after each few the open sockets have their turn. Without it everything
 * that has queued up in the kernel begins at once, and a burst of strangers holds up every message there is until the
 * last of their handshakes is calculated. Call it before any other listener for connections is added.
 */
export function takeHandshakesInTurns(server: Server): void {
  const begin = server.listeners("connection");
  const waiting: Socket[] = [];
  const takeTurn = (): void => {
    for (const socket of waiting.splice(0, handshakesPerTurn)) {
      if (socket.destroyed) continue;
      for (const listener of begin) listener.call(server, socket);
      socket.off("error", forget);
    }
    if (waiting.length > 0) setImmediate(takeTurn);
  };
  server.removeAllListeners("connection");
  server.on("connection", (socket) => {
    // Nobody else listens yet, and a peer that resets the connection meanwhile must not end the process.
    socket.on("error", forget);
    waiting.push(socket);
    if (waiting.length === 1) setImmediate(takeTurn);
  });
}

/** About 1 ms of the processor each. */
const handshakesPerTurn = 4;

/** Node destroys the socket after the event. */
function forget(): void {}
