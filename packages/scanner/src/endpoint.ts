import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { ConnectionGate } from "./connection-gate.ts";
import { ByteStream } from "./raw/byte-stream.ts";
import { dialTcp, dialTls, type Patience, type Route } from "./raw/dial.ts";
import { type Answer, encodeHead, type Header, headerOf, readAnswer } from "./raw/http.ts";
import { ProbeFailure } from "./raw/probe-failure.ts";
import { RawWebSocket } from "./raw/websocket.ts";
import { hasCredentials, type Settings } from "./scan-options.ts";
import { ownOrigin, type Target } from "./target.ts";
import { encodeClientHello, type Hello } from "./tls/client-hello.ts";
import { type FirstAnswer, isFirstAnswerWhole, parseFirstAnswer } from "./tls/server-hello.ts";

/** An opening handshake that differs from the usual one. */
export interface Opening {
  /** Path and query instead of the target's. */
  readonly path?: string;
  readonly subprotocols?: readonly string[];
  readonly method?: string;
  readonly version?: string;
  /** Replaces headers by name: `undefined` leaves one out, a list sends one line for each value, new ones come last. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Leaves out token, cookie, the caller's headers and the client certificate. */
  readonly anonymous?: boolean;
  /** Bytes to send right behind the head. */
  readonly trailing?: Uint8Array | string;
}

/** What came of an opening handshake. Disposing of it closes the connection. */
export interface Opened extends Disposable {
  readonly answer: Answer;
  /** There when the answer is a correct 101. */
  readonly socket?: RawWebSocket;
  /** What keeps the answer from being one. */
  readonly fault?: string;
  readonly stream: ByteStream;
}

/** A stream over TLS. */
export type TlsStream = ByteStream & { readonly socket: TLSSocket };

/**
 * A target and the ways to it. Each probe is one connection; rate and number of connections are bounded by one gate.
 * A probe that holds a connection must not wait for another one, or the gate could never open.
 */
export class Endpoint {
  readonly target: Target;
  readonly settings: Settings;
  readonly #route: Route;
  readonly #gate: ConnectionGate;
  readonly #patience: Patience;
  readonly #known = new Map<string, Promise<unknown>>();

  /** @param signal stops every probe. */
  constructor(target: Target, settings: Settings, signal: AbortSignal) {
    const { proxy, connectTo, ca, certificate, answerTimeoutMs } = settings;
    this.target = target;
    this.settings = settings;
    this.#route = {
      target,
      ...(proxy && { proxy }),
      ...(connectTo && { connectTo }),
      ...(ca && { ca }),
      ...(certificate && { certificate }),
    };
    this.#patience = { timeoutMs: answerTimeoutMs, signal };
    this.#gate = new ConnectionGate({
      perSecond: settings.connectionsPerSecond,
      concurrency: settings.concurrency,
      signal,
    });
  }

  /** How long one answer may take. */
  get timeoutMs(): number {
    return this.#patience.timeoutMs;
  }

  /** Aborted when the scan is to stop. */
  get signal(): AbortSignal {
    return this.#patience.signal;
  }

  /** The result of `find`, which runs once for each key, whoever asks first. */
  recall<Result>(key: string, find: () => Promise<Result>): Promise<Result> {
    const known = this.#known.get(key) as Promise<Result> | undefined;
    if (known !== undefined) return known;
    const found = find();
    this.#known.set(key, found);
    return found;
  }

  /** A bare TCP connection. @throws ProbeFailure */
  async tcp(port?: number): Promise<ByteStream> {
    return this.#entered(async () => new ByteStream(await dialTcp(this.#route, this.#patience, port)));
  }

  /**
   * A TLS connection with any certificate; its certificate and keys are on `socket`.
   *
   * @param prepare is given the socket before its handshake.
   * @throws ProbeFailure
   */
  async tls(
    options: ConnectionOptions = {},
    prepare: (socket: TLSSocket) => void = () => undefined,
  ): Promise<TlsStream> {
    const stream = await this.#entered(
      async () => new ByteStream(await dialTls(this.#route, this.#patience, { options, prepare })),
    );
    return stream as TlsStream;
  }

  /** A TLS connection over what `wrap` makes of the TCP connection. @throws ProbeFailure */
  async tlsOver(wrap: (socket: Socket) => Duplex): Promise<ByteStream> {
    return this.#entered(async () => {
      const below = wrap(await dialTcp(this.#route, this.#patience));
      return new ByteStream(await dialTls(this.#route, this.#patience, { below }));
    });
  }

  /**
   * A connection over which HTTP can be spoken, made by the target's scheme.
   *
   * @param anonymous leaves the client certificate out.
   * @throws ProbeFailure
   */
  async connect({ anonymous = false }: Pick<Opening, "anonymous"> = {}): Promise<ByteStream> {
    if (!this.target.secure) return this.tcp();
    return this.tls(anonymous ? { cert: undefined, key: undefined } : {});
  }

  /** The server's first answer to a ClientHello. @throws ProbeFailure when not even TCP connects. */
  async hello(hello: Hello): Promise<FirstAnswer> {
    using stream = await this.tcp();
    stream.write(encodeClientHello(hello));
    await stream.until(isFirstAnswerWhole, this.timeoutMs);
    return parseFirstAnswer(stream.peek());
  }

  /**
   * One opening handshake. An answer that says "too many requests" is waited out and tried again, twice.
   *
   * @throws ProbeFailure when no HTTP answer came; `limited` when the server kept saying it.
   */
  async open(opening: Opening = {}): Promise<Opened> {
    for (let attempt = 0; ; attempt++) {
      const opened = await this.openOn(await this.#connectFor(opening), opening);
      const waitMs = retryAfterMs(opened.answer);
      if (waitMs === undefined) return opened;
      opened[Symbol.dispose]();
      if (attempt === 2) throw new ProbeFailure("limited", `still answered ${opened.answer.status} after two waits`);
      this.#gate.holdOff(waitMs);
    }
  }

  /** An opening handshake over a connection, which it owns from now on. @throws ProbeFailure */
  async openOn(stream: ByteStream, opening: Opening): Promise<Opened> {
    const key = randomBytes(16).toString("base64");
    try {
      stream.write(this.requestHead(opening, key));
      if (opening.trailing !== undefined) stream.write(opening.trailing);
      const answer = await readAnswer(stream, this.timeoutMs);
      const fault = faultOf(answer, key);
      return {
        answer,
        stream,
        ...(fault === undefined ? { socket: new RawWebSocket(stream) } : { fault }),
        [Symbol.dispose]: () => stream[Symbol.dispose](),
      };
    } catch (error) {
      stream[Symbol.dispose]();
      throw error;
    }
  }

  /** The bytes of an opening handshake's head (RFC 6455, section 4.1). */
  requestHead(opening: Opening, key: string): Buffer {
    const { headers: changes = {}, anonymous = false } = opening;
    const { settings, target } = this;
    const subprotocols = opening.subprotocols ?? settings.subprotocols;
    const usual: Header[] = [
      ["Host", target.authority],
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Key", key],
      ["Sec-WebSocket-Version", "13"],
      ["Origin", settings.origin ?? ownOrigin(target)],
      ["User-Agent", "wardwire-check"],
    ];
    if (subprotocols.length > 0) usual.push(["Sec-WebSocket-Protocol", subprotocols.join(", ")]);
    const own = anonymous ? [] : credentialHeaders(settings);
    const changed = new Map(Object.entries(changes).map(([name, value]) => [name.toLowerCase(), { name, value }]));
    const replaced = new Set([...changed.keys(), ...own.map(([name]) => name.toLowerCase())]);
    const kept = [
      ...usual.filter(([name]) => !replaced.has(name.toLowerCase())),
      ...own.filter(([name]) => !changed.has(name.toLowerCase())),
    ];
    const added = [...changed.values()].flatMap(({ name, value }) => linesOf(name, value));
    const { method = "GET", version = "1.1", path = target.path } = opening;
    return encodeHead({ method, path, version, headers: [...kept, ...added] });
  }

  /** Every connection that is to carry credentials is looked at anew: somebody else may answer this time. */
  async #connectFor({ anonymous = false }: Opening): Promise<ByteStream> {
    const stream = await this.connect({ anonymous });
    const { socket } = stream;
    if (anonymous || !hasCredentials(this.settings) || !("authorized" in socket) || socket.authorized) return stream;
    stream[Symbol.dispose]();
    throw new ProbeFailure("tls", "the certificate is not trusted any more, so no credentials were sent");
  }

  /** Runs `dial` when the gate opens; the place is free again when its stream's connection closes. */
  async #entered(dial: () => Promise<ByteStream>): Promise<ByteStream> {
    const place = await this.#gate.enter();
    try {
      const stream = await dial();
      const abort = (): void => stream[Symbol.dispose]();
      this.signal.addEventListener("abort", abort, { once: true });
      stream.socket.once("close", () => {
        this.signal.removeEventListener("abort", abort);
        place[Symbol.dispose]();
      });
      return stream;
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  }
}

function credentialHeaders({ token, cookie, headers }: Settings): Header[] {
  return [
    ...(token === undefined ? [] : [["Authorization", `Bearer ${token}`] as const]),
    ...(cookie === undefined ? [] : [["Cookie", cookie] as const]),
    ...headers,
  ];
}

function linesOf(name: string, value: string | readonly string[] | undefined): Header[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [[name, value]] : value.map((each): Header => [name, each]);
}

const acceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** What keeps an answer from opening a WebSocket (RFC 6455, section 4.1, items 1 to 4). */
function faultOf(answer: Answer, key: string): string | undefined {
  if (answer.status !== 101) return `status ${answer.status}`;
  if (headerOf(answer, "upgrade")?.toLowerCase() !== "websocket") return "101 without Upgrade: websocket";
  if (!/(^|,)\s*upgrade\s*(,|$)/i.test(headerOf(answer, "connection") ?? "")) return "101 without Connection: Upgrade";
  const expected = createHash("sha1").update(`${key}${acceptGuid}`).digest("base64");
  return headerOf(answer, "sec-websocket-accept") === expected ? undefined : "101 with a wrong Sec-WebSocket-Accept";
}

const longestWaitMs = 5_000;

function retryAfterMs(answer: Answer): number | undefined {
  const isAsked = answer.status === 429 || (answer.status === 503 && headerOf(answer, "retry-after") !== undefined);
  if (!isAsked) return undefined;
  const seconds = Number(headerOf(answer, "retry-after") ?? 1);
  return Math.min(longestWaitMs, Math.max(100, (Number.isFinite(seconds) ? seconds : 1) * 1_000));
}
