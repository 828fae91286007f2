import type {
  ClientError,
  ClientState,
  JoinedChannel,
  Message,
  Notification,
  Published,
  Security,
} from "@wardwire/client";
import type { Json } from "@wardwire/wire/frames";
import { type Output, printable } from "../output.ts";

/** A channel of a connection without a contract. */
export type UntypedChannel = JoinedChannel<Json, Json, Json>;

/** Writes what happens on a connection: each event one JSON line under `--json`, else one line for people. */
export interface ConnectLines {
  connected(state: Extract<ClientState, { readonly phase: "connected" }>, security: Security | undefined): void;
  joined(channel: UntypedChannel): void;
  published(channel: UntypedChannel, published: Published): void;
  message(channel: UntypedChannel, message: Message<Json>): void;
  notification(notification: Notification<Json>): void;
  /** What the gateway, or the client on its behalf, refused. */
  error(error: ClientError): void;
  closed(code: number, reason: string): void;
}

/** The lines of `wardwire connect`. */
export function connectLines(output: Output): ConnectLines {
  const write = (document: EventRecord, rest: string): void => {
    output.record(document);
    if (!output.json) output.say(`${output.style("cyan", document.event.padEnd(10))}${printable(rest)}`);
  };
  return {
    connected: ({ connection, user, device, expiresAt }, security) =>
      write(
        { event: "connected", connection, user, device, expiresAt, security },
        `as ${user} on ${device}${protectionOf(security)}`,
      ),
    joined: ({ name, params, protection, position, present }) => {
      const users = [...new Set(present.map(({ user }) => user))];
      const who = users.length === 0 ? "nobody is there yet" : `there: ${users.join(", ")}`;
      write(
        { event: "joined", channel: name, params, protection, position, present },
        `${label(name, params)}${protection === "sealed" ? " (sealed)" : ""}, ${who}`,
      );
    },
    published: ({ name, params }, { offset, duplicate }) =>
      write(
        { event: "published", channel: name, params, offset, duplicate },
        `${label(name, params)} offset ${offset}`,
      ),
    message: ({ name, params }, { id, sender, offset, at, data }) =>
      write(
        { event: "message", channel: name, params, offset, message: id, from: sender, at, data },
        `${label(name, params)} ${sender?.user ?? "the application"}: ${JSON.stringify(data)}`,
      ),
    notification: ({ data, at }) => write({ event: "notification", data, at }, JSON.stringify(data)),
    error: ({ code, message, path, httpStatus, retryAfterMs }) =>
      output.record({ event: "error", code, message, path, status: httpStatus, retryAfterMs }),
    closed: (code, reason) => write({ event: "closed", code, reason }, `${code} ${reason}`),
  };
}

interface EventRecord {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** What people should know of a connection's protection: nothing of TLS, which is always there. */
function protectionOf(security: Security | undefined): string {
  if (security?.protection !== "sealed") return "";
  return `, sealed by ${security.suite} (post-quantum) to ${security.pin}`;
}

/** `lobby:roomId=tea`, as it is written for `--join`. */
function label(name: string, params: Json): string {
  const pairs = typeof params === "object" && params !== null ? Object.entries(params) : [];
  const texts = pairs.map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return texts.length === 0 ? name : `${name}:${texts.join(",")}`;
}
