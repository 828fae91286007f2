import { Endpoint, type Opened, type Opening } from "./endpoint.ts";
import type { Conversation, Exchange } from "./protocols/protocol.ts";
import { converse, type Manner, type Recognised, recognise } from "./protocols/recognise.ts";
import { addressOf } from "./raw/dial.ts";
import { type Answer, encodeHead, readAnswer, readBody } from "./raw/http.ts";
import { ProbeFailure } from "./raw/probe-failure.ts";
import { hasCredentials, withoutCredentials } from "./scan-options.ts";
import { isLoopback } from "./target.ts";
import { type EstablishedTls, establishTls } from "./tls/established.ts";

export type { Manner } from "./protocols/recognise.ts";

/** An endpoint after the first contact: what every check works on. */
export interface Subject {
  readonly endpoint: Endpoint;
  /** The usual TLS handshake; absent without TLS, and where it failed. */
  readonly tls?: EstablishedTls;
  /** What the endpoint speaks; absent where no opening handshake was answered. */
  readonly recognised?: Recognised;
  /** Why the caller's credentials are kept back; absent where they are not, and where there are none. */
  readonly withheld?: string;
  /** Why TLS or the opening handshake was not answered. */
  readonly failure?: ProbeFailure;
}

/**
 * The first contact: TCP, TLS, opening handshakes, the protocol.
 *
 * @throws ProbeFailure when not even TCP connects, through a proxy, or was stopped.
 */
export async function meet(endpoint: Endpoint): Promise<Subject> {
  (await endpoint.tcp())[Symbol.dispose]();
  let subject: Subject = { endpoint };
  try {
    if (endpoint.target.secure) subject = { endpoint, tls: await establishTls(endpoint) };
    subject = withholding(subject);
    return { ...subject, recognised: await recognise(subject.endpoint) };
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    if (endpoint.signal.aborted) throw new ProbeFailure("aborted", "the scan was stopped", { cause: error });
    return { ...subject, failure: error };
  }
}

/** The subject without credentials where whoever answers, or listens on the way, may not be the one they are for. */
function withholding(subject: Subject): Subject {
  const { endpoint, tls } = subject;
  const { settings, target } = endpoint;
  const isPlain = !target.secure && !isLoopback(addressOf({ target, ...settings }).host);
  if (!hasCredentials(settings) || (!isPlain && tls?.verification === undefined)) return subject;
  return {
    ...subject,
    endpoint: new Endpoint(target, withoutCredentials(settings), endpoint.signal),
    withheld: isPlain ? "no TLS" : `the certificate is not trusted (${tls?.verification}); see --ca`,
  };
}

/** Whether a WebSocket was opened with the caller's origin and credentials. */
export function isEstablished({ recognised }: Subject): boolean {
  return recognised !== undefined && recognised.fault === undefined;
}

/** An opening handshake as the recognised protocol has it, with changes laid over it. @throws ProbeFailure */
export function openAs({ endpoint, recognised }: Subject, changes: Opening = {}): Promise<Opened> {
  const { subprotocols } = endpoint.settings.subprotocols.length > 0 ? endpoint.settings : { subprotocols: undefined };
  const opening = { ...recognised?.opening, ...(subprotocols !== undefined && { subprotocols }) };
  return endpoint.open({ ...opening, ...changes });
}

/** An opening handshake in plaintext, without credentials. @throws ProbeFailure */
export async function openPlain({ endpoint, recognised }: Subject, port: number): Promise<Opened> {
  return endpoint.openOn(await endpoint.tcp(port), { ...recognised?.opening, anonymous: true });
}

/** The exchange of the recognised protocol, text first. */
export function exchangeOf({ recognised }: Subject): Exchange | undefined {
  return recognised?.protocol.text ?? recognised?.protocol.binary;
}

/** Talks as the recognised protocol does; undefined when the handshake was refused. @throws ProbeFailure */
export async function talkAs(subject: Subject, manner: Manner): Promise<TalkedAs> {
  const exchange = exchangeOf(subject);
  if (exchange === undefined) throw new Error("a protocol has at least one exchange");
  return converse(subject.endpoint, exchange, { withinMs: Math.min(subject.endpoint.timeoutMs, 1_000), ...manner });
}

/** What came of a conversation: the answer to its handshake, and what was said if a WebSocket opened. */
export interface TalkedAs {
  readonly answer: Answer;
  readonly fault?: string;
  readonly conversation?: Conversation;
}

/** A page and the beginning of its body. */
export interface Page {
  readonly answer: Answer;
  readonly body: string;
}

/** Fetches `path` as a browser would, without credentials; once for each path. @throws ProbeFailure */
export function fetchPage({ endpoint }: Subject, path: string, method = "GET"): Promise<Page> {
  return endpoint.recall(`${method} ${path}`, async () => {
    using stream = await endpoint.connect();
    const headers = [
      ["Host", endpoint.target.authority],
      ["User-Agent", "wardwire-check"],
      ["Accept", "*/*"],
      ["Connection", "close"],
    ] as const;
    stream.write(encodeHead({ method, path, version: "1.1", headers }));
    const answer = await readAnswer(stream, endpoint.timeoutMs);
    const body = await readBody(stream, answer, { mostBytes: 16_384, timeoutMs: Math.min(endpoint.timeoutMs, 1_000) });
    return { answer, body };
  });
}
