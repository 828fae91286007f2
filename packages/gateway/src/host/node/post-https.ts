import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { isIP, type LookupFunction } from "node:net";

/** One POST over TLS. */
export interface HttpsPost {
  readonly url: URL;
  /** Where the connection may go; the name is not resolved again, so that no second answer can lead elsewhere. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** PEM; the authorities of the system when left out. */
  readonly ca?: string;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** Sends a {@link HttpsPost}; gives the status of the answer. */
export type PostHttps = (post: HttpsPost) => Promise<number>;

/**
 * Posts over a connection of its own, verified as browsers verify. Follows no redirect and reads no byte behind the
 * headers of the answer.
 *
 * @throws what the network or TLS has failed with; the signal's reason.
 */
export const postHttps: PostHttps = async ({ url, addresses, headers, body, ca, signal }) => {
  const outgoing = request(url, {
    method: "POST",
    agent: false,
    lookup: lookupAmong(addresses),
    headers: { ...headers, "Content-Length": Buffer.byteLength(body) },
    maxHeaderSize: maxHeaderBytes,
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    signal,
    ...(ca !== undefined && { ca }),
  });
  // `once` hears the first; what goes wrong behind the status is nobody's concern.
  outgoing.on("error", () => undefined);
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  response.on("error", () => undefined);
  response.destroy();
  return response.statusCode ?? 0;
};

const maxHeaderBytes = 16_384;

/** Answers with what has been resolved and checked already. Node asks for names only: an address in a URL is itself. */
function lookupAmong(addresses: readonly string[]): LookupFunction {
  const entries = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, { all }, callback) => {
    const [first] = entries;
    if (first === undefined) callback(new Error("there is no address to connect to"), "");
    else if (all === true) callback(null, entries);
    else callback(null, first.address, first.family);
  };
}
