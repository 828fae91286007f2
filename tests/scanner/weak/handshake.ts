import type { IncomingMessage } from "node:http";

/** What a sound server asks of an opening handshake; each rule can be forgotten on its own. */
export type HandshakeRule = keyof typeof rules;

/** How a server looks at opening handshakes. */
export interface HandshakeHabits {
  readonly forgets?: readonly HandshakeRule[];
  /** Compares Origin with the allowed one; exact when left out. */
  readonly admitsOrigin?: (origin: string, allowed: string) => boolean;
}

/** The host the server is, and the origin its pages have. */
export const host = "chat.example";
export const allowedOrigin: string = `https://${host}`;

/** The status a handshake is refused with; undefined when nothing is wrong with it. */
export function refusalOf(request: IncomingMessage, habits: HandshakeHabits = {}): number | undefined {
  const { forgets = [], admitsOrigin = (origin, allowed) => origin === allowed } = habits;
  const names = Object.keys(rules) as HandshakeRule[];
  const broken = names.find((name) => !forgets.includes(name) && !rules[name].isKept(request));
  if (broken !== undefined) return rules[broken].status;
  // Who forgets to count the origins believes the first one.
  const [origin] = valuesOf(request, "origin");
  return origin === undefined || admitsOrigin(origin, allowedOrigin) ? undefined : 403;
}

const rules = {
  host: { status: 421, isKept: (request) => request.headers.host === host },
  method: { status: 405, isKept: ({ method, httpVersion }) => method === "GET" && httpVersion === "1.1" },
  "no body": {
    status: 400,
    isKept: ({ headers }) => headers["content-length"] === undefined && headers["transfer-encoding"] === undefined,
  },
  "no repetition": {
    status: 400,
    isKept: (request) =>
      ["host", "sec-websocket-key", "sec-websocket-version"].every((name) => valuesOf(request, name).length < 2),
  },
  version: { status: 426, isKept: ({ headers }) => headers["sec-websocket-version"] === "13" },
  key: {
    status: 400,
    isKept: ({ headers }) => /^[A-Za-z0-9+/]{22}==$/.test(headers["sec-websocket-key"] ?? ""),
  },
  "subprotocol syntax": {
    status: 400,
    isKept: ({ headers }) => subprotocolsOf(headers["sec-websocket-protocol"]).every((name) => /^[\w.-]+$/.test(name)),
  },
  "one origin": { status: 400, isKept: (request) => valuesOf(request, "origin").length < 2 },
  "origin or credential": {
    status: 403,
    isKept: ({ headers }) => headers.origin !== undefined || headers.authorization !== undefined,
  },
} as const satisfies Record<
  string,
  { readonly status: number; readonly isKept: (request: IncomingMessage) => boolean }
>;

/** The names in a Sec-WebSocket-Protocol header. */
export function subprotocolsOf(header: string | undefined): string[] {
  return header === undefined ? [] : header.split(",").map((name) => name.trim());
}

/** The values of every line of a header: Node joins them, or leaves all but one out. */
function valuesOf({ rawHeaders }: IncomingMessage, wanted: string): string[] {
  return rawHeaders.filter((_value, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === wanted);
}
