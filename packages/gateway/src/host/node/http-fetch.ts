import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import { systemErrorCode } from "../listen-error.ts";
import { maxHeaders, parseOpeningHandshake } from "../opening-handshake.ts";
import type { HostHandlers } from "../socket-host.ts";
import { remoteAddressOf } from "./peer.ts";

/** Answers ordinary HTTP requests through `handlers.fetch`; 404 where there is none. */
export function fetchListener(handlers: HostHandlers): RequestListener {
  const answer = getRequestListener(
    async (request, { incoming }) => {
      const remoteAddress = remoteAddressOf(incoming.socket);
      if (!handlers.fetch || remoteAddress === undefined) return new Response("not found\n", { status: 404 });
      return handlers.fetch(request, remoteAddress);
    },
    { overrideGlobalObjects: false, errorHandler: (error) => errorResponse(error, handlers) },
  );
  return (request, response) => {
    const refusal = refusalOf(request);
    if (refusal) {
      refuse(response, refusal.status, refusal.headers, refusal.body);
      return;
    }
    void answer(request, response);
  };
}

/** TRACE echoes credentials (R46); a handshake that names no upgrade in Connection is a broken one, not a page view. */
function refusalOf(request: IncomingMessage): Refusal | undefined {
  if (request.rawHeaders.length / 2 > maxHeaders) return { status: 431, headers: {}, body: "too many header fields" };
  if (request.method === "TRACE") return { status: 405, headers: {}, body: "TRACE is not offered" };
  const { host } = request.headers;
  // No URL could be made of the request: a name whose last part is a number, and is no address.
  if (host !== undefined && !URL.canParse(`http://${host}`)) return { status: 400, headers: {}, body: "bad request\n" };
  if (request.headers["sec-websocket-key"] === undefined) return undefined;
  const opening = parseOpeningHandshake(request);
  return opening.wellFormed ? undefined : opening.refusal;
}

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function refuse(response: ServerResponse, status: number, headers: Refusal["headers"], body: string): void {
  response.writeHead(status, {
    Connection: "close",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

function errorResponse(error: unknown, { problem }: HostHandlers): Response {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RequestError) return new Response("bad request\n", { status: 400 });
  const code = systemErrorCode(error);
  problem({ what: `an HTTP handler failed: ${message}`, ...(code !== undefined && { code }) });
  return new Response("internal error\n", { status: 500 });
}
