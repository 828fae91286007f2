import type { Endpoint, Opening } from "../endpoint.ts";
import { type Answer, statusLine } from "../raw/http.ts";
import { ProbeFailure } from "../raw/probe-failure.ts";
import { bare } from "./bare.ts";
import { graphqlWs } from "./graphql-ws.ts";
import { mqtt } from "./mqtt.ts";
import { phoenix } from "./phoenix.ts";
import type { Conversation, Exchange, Protocol } from "./protocol.ts";
import { signalr } from "./signalr.ts";
import { socketIo } from "./socket-io.ts";
import { stomp } from "./stomp.ts";
import { wardwire } from "./wardwire.ts";

/** What an endpoint speaks, and how a handshake with it begins. */
export interface Recognised {
  readonly protocol: Protocol;
  /** What the protocol changes in every opening handshake. */
  readonly opening: Opening;
  /** The answer to that handshake. */
  readonly answer: Answer;
  /** What keeps the answer from opening a WebSocket. */
  readonly fault?: string;
  /** What was said; absent when nothing was. */
  readonly conversation?: Conversation;
}

/** In the order in which they are believed; an endpoint that echoes comes last. */
const protocols: readonly Protocol[] = [wardwire, socketIo, signalr, phoenix, graphqlWs, stomp, mqtt, bare];

/** How long a protocol has to answer; an echo or an acknowledgement takes one round trip. */
const answerWithinMs = 1_000;

/**
 * Tries every protocol on a WebSocket of its own, all at once, and believes the first whose conversation fits. Without
 * one it is the bare protocol, opened in whatever way opened a WebSocket.
 *
 * @throws ProbeFailure when not even the bare handshake was answered.
 */
export async function recognise(endpoint: Endpoint): Promise<Recognised> {
  const [first, ...others] = await Promise.all([
    attempt(endpoint, bare),
    ...protocols.filter((protocol) => protocol !== bare).map((protocol) => attempt(endpoint, protocol)),
  ]);
  const attempts = [...others, first].filter(isAnswered);
  const spoken = attempts.find(({ conversation }) => conversation?.recognised === true);
  if (spoken !== undefined) return spoken;
  if (first instanceof ProbeFailure) throw first;
  const opened = first.fault === undefined ? first : attempts.find(({ fault }) => fault === undefined);
  return { ...(opened ?? first), protocol: bare };
}

/**
 * Talks as one exchange of a protocol prescribes.
 *
 * @param anonymous leaves every credential out.
 * @throws ProbeFailure when the handshake was not answered.
 */
export async function converse(
  endpoint: Endpoint,
  exchange: Exchange,
  { anonymous = false, token, changes = {}, withinMs = endpoint.timeoutMs }: Manner = {},
): Promise<Omit<Recognised, "protocol">> {
  const { target, settings } = endpoint;
  const own = exchange.opening(target);
  const opening: Opening = settings.subprotocols.length > 0 ? { ...own, subprotocols: settings.subprotocols } : own;
  const bearer = token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } };
  using opened = await endpoint.open({ ...opening, ...bearer, anonymous, ...changes });
  const { answer, fault, socket } = opened;
  if (socket === undefined) return { opening, answer, fault: fault ?? statusLine(answer) };
  const shown = token ?? (anonymous ? undefined : settings.token);
  const how = { target, timeoutMs: withinMs, ...(shown !== undefined && { token: shown }) };
  const conversation = await exchange.talk(socket, how);
  return { opening, answer, conversation };
}

/** How a conversation differs from the usual one. */
export interface Manner {
  readonly anonymous?: boolean;
  /** Shown instead of the caller's token. */
  readonly token?: string;
  /** Laid over the opening of the exchange. */
  readonly changes?: Opening;
  readonly withinMs?: number;
}

async function attempt(endpoint: Endpoint, protocol: Protocol): Promise<Recognised | ProbeFailure> {
  const exchange = protocol.text ?? protocol.binary;
  if (exchange === undefined) return new ProbeFailure("ended", `${protocol.name} has no exchange`);
  const withinMs = Math.min(endpoint.timeoutMs, answerWithinMs);
  try {
    const { conversation, ...opened } = await converse(endpoint, exchange, { withinMs });
    const isSubprotocolMissing = (opened.opening.subprotocols ?? []).length > 0 && !chose(opened);
    // A protocol that a subprotocol names is not spoken where the server chose none of them.
    const believed = conversation === undefined || isSubprotocolMissing ? {} : { conversation };
    return { protocol, ...opened, ...believed };
  } catch (error) {
    if (error instanceof ProbeFailure) return error;
    throw error;
  }
}

function isAnswered(attempt: Recognised | ProbeFailure): attempt is Recognised {
  return !(attempt instanceof ProbeFailure);
}

function chose({ opening, answer }: Pick<Recognised, "opening" | "answer">): boolean {
  return answer.headers.some(
    ([name, value]) =>
      name.toLowerCase() === "sec-websocket-protocol" && (opening.subprotocols ?? []).includes(value.trim()),
  );
}
