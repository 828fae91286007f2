import { createConnection, isIPv6, type Socket } from "node:net";
import { whenReady } from "./byte-stream.ts";
import type { Patience } from "./dial.ts";
import { failureOf, ProbeFailure } from "./probe-failure.ts";

/** An HTTP proxy that understands CONNECT (RFC 9110, section 9.3.6). */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization; a secret. */
  readonly authorization?: string;
}

const mostHeadBytes = 16_384;

/**
 * A tunnel to `host:port` through the proxy.
 *
 * @throws ProbeFailure `proxy` when the proxy gives none, `aborted` when it was stopped.
 */
export async function connectThrough(
  proxy: HttpProxy,
  host: string,
  port: number,
  patience: Patience,
): Promise<Socket> {
  const socket = createConnection({ host: proxy.host, port: proxy.port });
  try {
    await whenReady(socket, "connect", { what: "the connection to the proxy", ...patience });
    const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
    const authorization = proxy.authorization === undefined ? [] : [`Proxy-Authorization: ${proxy.authorization}`];
    const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...authorization];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    await readTunnelAnswer(socket, patience);
    return socket;
  } catch (error) {
    socket.destroy();
    const failure = failureOf(error);
    if (failure.kind === "aborted") throw failure;
    throw new ProbeFailure("proxy", `the proxy ${proxy.host}:${proxy.port}: ${failure.message}`, { cause: error });
  }
}

/** Takes the proxy's answer off the socket, byte for byte, so that what follows it stays for the target's reader. */
async function readTunnelAnswer(socket: Socket, patience: Patience): Promise<void> {
  let head = "";
  const deadline = performance.now() + patience.timeoutMs;
  while (!head.endsWith("\r\n\r\n")) {
    const byte = socket.read(1) as Buffer | null;
    if (byte === null) {
      const timeoutMs = Math.max(1, deadline - performance.now());
      await whenReady(socket, "readable", { what: "the request to the proxy", timeoutMs, signal: patience.signal });
      if (socket.readableLength === 0) throw new ProbeFailure("ended", "closed before it answered");
      continue;
    }
    head += byte.toString("latin1");
    if (head.length > mostHeadBytes) throw new ProbeFailure("too-much", `more than ${mostHeadBytes} bytes of headers`);
  }
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  if (status === undefined || !status.startsWith("2")) {
    throw new ProbeFailure("refused", `expected status 200 to CONNECT, got ${status ?? "no HTTP"}`);
  }
}
