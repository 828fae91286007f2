import type { IncomingMessage, RequestListener } from "node:http";

/** What a server may do wrong where it answers no handshake; everything left out is sound. */
export interface PageHabits {
  /** Leaves Strict-Transport-Security out. */
  readonly lacksHsts?: boolean;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Shows the stack of an exception. */
  readonly showsStack?: boolean;
  /** Sends a TRACE back. */
  readonly echoesTrace?: boolean;
}

/** Answers whatever is no handshake: nothing is found there. */
export function pages(habits: PageHabits): RequestListener {
  const hsts = habits.lacksHsts ? {} : { "Strict-Transport-Security": "max-age=63072000; includeSubDomains" };
  return (request, response) => {
    const isEchoed = request.method === "TRACE" && habits.echoesTrace === true;
    const body = isEchoed
      ? echoOf(request)
      : habits.showsStack
        ? String(new Error("no such page").stack)
        : "not found\n";
    response.writeHead(isEchoed ? 200 : 404, { ...hsts, ...habits.headers, "Content-Type": "text/plain" }).end(body);
  };
}

function echoOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []));
  return [`${method} ${url} HTTP/1.1`, ...lines].join("\r\n");
}
