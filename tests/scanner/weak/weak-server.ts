import { constants, createHash } from "node:crypto";
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerOptions } from "node:http";
import { createServer } from "node:https";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import type { Certified } from "../../../packages/scanner/test/certificate.ts";
import { type HandshakeHabits, refusalOf, subprotocolsOf } from "./handshake.ts";
import { inFrontOf, type Listening, listen } from "./listening.ts";
import { opensslInFrontOf } from "./openssl.ts";
import { type PageHabits, pages } from "./pages.ts";
import { deflatingServerHello } from "./server-hello.ts";
import { type SessionHabits, sessions } from "./session.ts";

/** Takes a connection whose opening handshake is sound. */
export type Accept = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** How a server differs from the sound one. Without anything it is the sound twin of all. */
export interface Habits {
  /** `plain` speaks no TLS; `either` looks at the first byte and speaks what comes. */
  readonly transport?: "tls" | "plain" | "either";
  readonly tls?: TlsOptions;
  /** Speaks TLS by `openssl s_server` with these words, instead of Node's. */
  readonly openssl?: readonly string[];
  /** Chooses DEFLATE where it is offered. */
  readonly compressesTls?: boolean;
  readonly http?: ServerOptions;
  /** Does without Node's own limit of 2,000. */
  readonly countsNoHeaders?: boolean;
  readonly handshake?: HandshakeHabits;
  readonly page?: PageHabits;
  readonly session?: SessionHabits;
  /** Answers every handshake with this instead. */
  readonly answersHandshakes?: string;
  /** Agrees to whatever subprotocol is offered first. */
  readonly echoesSubprotocol?: boolean;
  /** Reads on after a refused handshake, as if it had been a request like any other. */
  readonly readsOn?: boolean;
  /** Another library, which answers sound handshakes. */
  readonly accept?: Accept;
  /** Another library, which answers every handshake of this server. */
  readonly attach?: (server: Server) => void;
}

/** TLS as Mozilla's intermediate configuration has it. */
const soundTls: TlsOptions = {
  minVersion: "TLSv1.2",
  ciphers: [
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
  ].join(":"),
  ecdhCurve: "X25519MLKEM768:X25519:prime256v1:secp384r1",
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  ALPNProtocols: ["http/1.1"],
};

const soundHttp: ServerOptions = { headersTimeout: 2_000, requestTimeout: 2_000, connectionsCheckingInterval: 250 };

/** Starts a server that is sound but for these habits. */
export async function weakServer(certified: Certified, habits: Habits = {}): Promise<Listening> {
  const { transport = "tls", openssl, ...others } = habits;
  if (openssl !== undefined) {
    const plain = await weakServer(certified, { ...others, transport: "plain" });
    return await opensslInFrontOf(plain, certified, openssl);
  }
  if (transport === "either") {
    const tls = await weakServer(certified, { ...habits, transport: "tls" });
    const plain = await weakServer(certified, { ...habits, transport: "plain" });
    return await inFrontOf([tls, plain], (first) => (first[0] === 22 ? tls : plain).port);
  }
  const http: ServerOptions = { ...soundHttp, ...habits.http };
  const tls: TlsOptions = { ...certified, ...soundTls, ...habits.tls };
  const server = transport === "plain" ? createPlainServer(http) : createServer({ ...tls, ...http });
  if (habits.countsNoHeaders) server.maxHeadersCount = 0;
  server.on("request", pages(habits.page ?? {}));
  if (habits.attach === undefined) server.on("upgrade", upgrades(server, habits));
  else habits.attach(server);
  const listening = await listen(server);
  if (!habits.compressesTls) return listening;
  return await inFrontOf([listening], (first) => deflatingServerHello(first) ?? listening.port);
}

/** Answers opening handshakes. */
function upgrades(server: Server, habits: Habits): Accept {
  const serve = sessions(habits.session ?? {});
  const accept: Accept = habits.accept ?? ((request, socket, head) => switchProtocols(request, socket, head, habits));
  return (request, socket, head) => {
    socket.on("error", () => undefined);
    if (habits.answersHandshakes !== undefined) return void socket.end(habits.answersHandshakes);
    const refusal = refusalOf(request, habits.handshake);
    if (refusal === undefined) {
      accept(request, socket, head);
      if (habits.accept === undefined) serve(socket, request);
      return;
    }
    const versions = refusal === 426 ? "\r\nSec-WebSocket-Version: 13" : "";
    const status = `HTTP/1.1 ${refusal} Refused\r\nContent-Length: 0${versions}`;
    if (habits.readsOn !== true) return void socket.end(`${status}\r\nConnection: close\r\n\r\n`);
    socket.write(`${status}\r\n\r\n`);
    socket.unshift(head);
    server.emit("secureConnection", socket);
  };
}

function switchProtocols(request: IncomingMessage, socket: Duplex, head: Buffer, habits: Habits): void {
  const { headers } = request;
  const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  const offered = subprotocolsOf(headers["sec-websocket-protocol"]);
  const spoken = habits.session?.speaksMqtt ? "mqtt" : "graphql-transport-ws";
  const known = offered.find((name) => habits.echoesSubprotocol === true || name === spoken);
  const inflates =
    habits.session?.inflates === true && /permessage-deflate/.test(headers["sec-websocket-extensions"] ?? "");
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept.digest("base64")}`,
    ...(known === undefined ? [] : [`Sec-WebSocket-Protocol: ${known}`]),
    ...(inflates ? ["Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover"] : []),
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  socket.unshift(head);
}
