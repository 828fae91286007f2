import { createServer } from "node:net";
import { systemErrorCode } from "./cli-error.ts";

/**
 * Why a port cannot be listened on, as a system error code such as `EADDRINUSE` or `EACCES`; undefined when it can.
 *
 * @param host an address; a family this machine does not have counts as free.
 */
export async function portProblem(port: number, host: string): Promise<string | undefined> {
  const tried = await tryListening(port, host);
  return tried.problem === "EADDRNOTAVAIL" || tried.problem === "EAFNOSUPPORT" ? undefined : tried.problem;
}

/** A port that was free on loopback a moment ago: what origins are made of must be known before a gateway is made. */
export async function findFreePort(): Promise<number> {
  const { port } = await tryListening(0, "127.0.0.1");
  return port;
}

async function tryListening(port: number, host: string): Promise<{ readonly port: number; readonly problem?: string }> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<{ port: number; problem?: string }>();
  server.once("error", (error) => resolve({ port, problem: systemErrorCode(error) ?? "unknown error" }));
  server.listen({ port, host, exclusive: true }, () => {
    const address = server.address();
    server.close(() => resolve({ port: typeof address === "object" && address !== null ? address.port : port }));
  });
  return promise;
}
