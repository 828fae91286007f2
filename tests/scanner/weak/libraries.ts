import type { IncomingMessage, Server } from "node:http";
import { Server as SocketIo } from "socket.io";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import ws745 from "ws-7.4.5";
import { WebSocketServer as Ws8170 } from "ws-8.17.0";
import { WebSocketServer as Ws8200 } from "ws-8.20.0";
import type { Fault } from "./faults.ts";
import { refusalOf } from "./handshake.ts";
import { isValid } from "./tokens.ts";
import type { Accept, Habits } from "./weak-server.ts";

/** What `ws` leaves to its user: the origin, the host, who it is, the size of messages; and what it reads too loosely. */
const leftToUsersOfWs: readonly string[] = [
  "WW-HANDSHAKE-04",
  "WW-HANDSHAKE-05",
  "WW-HANDSHAKE-06",
  "WW-HANDSHAKE-07",
  "WW-HANDSHAKE-08",
  "WW-ORIGIN-01",
  "WW-FRAME-08",
  "WW-LIMIT-01",
  "WW-TOKEN-01",
];

/** Libraries people use, as they come: everything the scan finds about them. */
export const librariesByDefault: readonly Fault[] = [
  { name: "ws 8.23.0", habits: byDefault(WebSocketServer), fires: leftToUsersOfWs },
  { name: "ws 8.17.0", habits: byDefault(Ws8170), fires: leftToUsersOfWs },
  // CVE-2021-32640: its parser of subprotocols.
  { name: "ws 7.4.5", habits: byDefault(ws745.Server), fires: [...leftToUsersOfWs, "WW-HANDSHAKE-09"] },
  {
    name: "ws 8.23.0 under attack",
    habits: byDefault(WebSocketServer),
    options: { dangerouslyActive: true },
    fires: [...leftToUsersOfWs, "WW-LIMIT-06"],
  },
  {
    // CVE-2026-48779: it counts no fragments. It does not count the pongs it owes either.
    name: "ws 8.20.0 under attack",
    habits: byDefault(Ws8200),
    options: { dangerouslyActive: true },
    fires: [...leftToUsersOfWs, "WW-LIMIT-05", "WW-LIMIT-06", "WW-LIMIT-07"],
  },
  {
    name: "Socket.IO 4.8.4",
    habits: { attach: (server) => void new SocketIo(server) },
    path: "/socket.io/",
    fires: leftToUsersOfWs.filter((id) => id !== "WW-FRAME-08" && id !== "WW-LIMIT-01"),
  },
];

/** The same with every option that matters. */
export const librariesWithCare: readonly Fault[] = [
  // No option makes ws refuse a length that is not minimal.
  { name: "ws 8.23.0 with care", habits: { accept: wsWithCare() }, fires: ["WW-FRAME-08"] },
  { name: "Socket.IO 4.8.4 with care", habits: { attach: socketIoWithCare }, path: "/socket.io/", fires: [] },
];

/** As the README of `ws` has it. */
function byDefault(Sockets: typeof WebSocketServer): Habits {
  return {
    attach: (server) => {
      new Sockets({ server }).on("connection", echo);
    },
  };
}

function echo(socket: WebSocket): void {
  socket.on("error", () => undefined).on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
}

function wsWithCare(): Accept {
  const options = { noServer: true, perMessageDeflate: false, maxPayload: 65_536 } as const;
  const sockets = new WebSocketServer({ ...options, handleProtocols: () => false });
  return (request, socket, head) => {
    if (!hasToken(request)) return void socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    return sockets.handleUpgrade(request, socket, head, echo);
  };
}

function hasToken({ headers }: IncomingMessage): boolean {
  return isValid(headers.authorization?.replace(/^Bearer /, "") ?? "", []);
}

function socketIoWithCare(server: Server): void {
  const io = new SocketIo(server, {
    transports: ["websocket"],
    perMessageDeflate: false,
    maxHttpBufferSize: 65_536,
    serveClient: false,
    allowRequest: (request, decide) => decide(null, refusalOf(request) === undefined),
    wsEngine: WithoutSubprotocols,
  });
  io.use(({ handshake }, next) => {
    if (isValid(String(handshake.auth["token"]), [])) next();
    else next(new Error("token-invalid"));
  });
}

class WithoutSubprotocols extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ ...options, handleProtocols: () => false });
  }
}
