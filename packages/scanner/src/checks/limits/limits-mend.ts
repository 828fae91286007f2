import type { Mend } from "../../finding.ts";

/** Where the usual programs have their bound on messages. */
export const messageSizeMend: Mend = {
  advice: "Bound the size of a message to what the application needs, 64 KiB for most, before it is gathered.",
  ws: "new WebSocketServer({ maxPayload: 65_536, perMessageDeflate: false })",
  socketio: "new Server(server, { maxHttpBufferSize: 65_536 })",
  nginx: "# nginx does not look into frames: bound them in the application",
  wardwire: "limits: { maxMessageBytes: 65_536 }, the default",
};

/** Where the usual programs bound how much may come. */
export const rateMend: Mend = {
  advice: "Count messages and control frames of each connection, and close it (1008) beyond a rate.",
  ws: 'rate-limiter-flexible in on("message"), then socket.close(1008)',
  socketio: "rate-limiter-flexible in socket.use(), then socket.disconnect(true)",
  nginx: "limit_conn_zone $binary_remote_addr zone=ws:10m; # connections only",
  wardwire: "limits: { messagesPerSecond: 20, controlFramesPerSecond: 10 }, the defaults",
};

/** Where the usual programs bound the heads of requests. */
export const headMend: Mend = {
  advice: "Bound size, number and time of a request's headers.",
  ws: "createServer({ maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 })",
  socketio: "createServer({ maxHeaderSize: 16_384, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 })",
  nginx: "large_client_header_buffers 4 8k;\nclient_header_timeout 10s;",
  wardwire: "limits: { maxHeaderBytes: 16_384, handshakeTimeoutMs: 10_000 }, the defaults",
};
