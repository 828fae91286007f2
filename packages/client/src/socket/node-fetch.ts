import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { lossOfError } from "./handshake-loss.ts";
import type { NodeSocketOptions } from "./node-socket.ts";
import type { FetchBytesOptions } from "./socket.ts";

/**
 * {@link SocketFactory.fetchBytes} over Node's own HTTP, which follows no redirect and keeps nothing, with the authorities
 * of the sockets.
 *
 * @throws ClientError `certificate-refused`, or Error for anything else, as a rejection
 */
export function fetchNodeBytes(
  { ca }: NodeSocketOptions,
  url: string,
  { signal, maxBytes }: FetchBytesOptions,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const isPlain = url.startsWith("http:");
  const trust = { rejectUnauthorized: true, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca: [ca].flat() }) };
  const options = { agent: false, signal, headers: { accept: "application/cbor" } } as const;
  const request = isPlain ? requestHttp(url, options) : requestHttps(url, { ...options, ...(trust as object) });
  request.on("error", (cause) => reject(lossOfError(cause)?.error ?? cause));
  request.on("response", (response) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (error: Error): void => {
      reject(error);
      request.destroy();
    };
    if (response.statusCode !== 200) refuse(new Error(`HTTP ${response.statusCode}`));
    response.on("error", reject);
    response.on("data", (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > maxBytes) refuse(new Error(`more than ${maxBytes} bytes`));
    });
    response.on("end", () => resolve(new Uint8Array(Buffer.concat(chunks))));
  });
  request.end();
  return promise;
}
