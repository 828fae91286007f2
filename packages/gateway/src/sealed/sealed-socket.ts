import { type Bytes, concatBytes } from "@wardwire/crypto/bytes";
import { CryptoError } from "@wardwire/crypto/crypto-error";
import { AwaitingAuth } from "@wardwire/crypto/handshake/awaiting-auth";
import { parseFirstMessage } from "@wardwire/crypto/handshake/first-message";
import type { AwaitingFirstMessage, GatewayAnswer } from "@wardwire/crypto/handshake/gateway-handshake";
import { unknownKeyMessage } from "@wardwire/crypto/handshake/second-message";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { parseHeader } from "@wardwire/crypto/session-records/record-header";
import { type CloseReason, closeCodes } from "@wardwire/wire/close-codes";
import type { Timer } from "../clock.ts";
import type { Connection } from "../connection/connection.ts";
import type { SealedOutlet } from "../connection/outlet.ts";
import type { Core } from "../core.ts";
import type { HostSocket, MessageKind, SocketEvents } from "../host/socket-host.ts";
import type { TokenBucket } from "../limits/token-bucket.ts";
import type { SealedFailure } from "../observe/events.ts";
import { isConnectContent } from "./connect-content.ts";
import { framelessRecords } from "./frameless-records.ts";
import { type ClientRecord, disposeSecrets, SealedSession } from "./sealed-session.ts";
import type { Sealing } from "./sealing.ts";

/** What a sealed socket shares with all others. */
export type SealedCore = Pick<Core, "clock" | "limits" | "observe" | "budgets"> & { readonly sealing: Sealing };

/** The connection above a sealed socket. */
export type ConnectionAbove = Pick<
  Connection,
  "id" | "session" | "message" | "drained" | "closed" | "close" | "failed"
>;

/** One thing is awaited after the other; each phase has just the data it has then. */
type State =
  | { readonly phase: "handshake"; readonly awaiting: AwaitingFirstMessage }
  /** Message 2 is being made. */
  | { readonly phase: "answering" }
  /** AUTH, and what the connection answers. */
  | { readonly phase: "auth"; readonly session: SealedSession; readonly awaiting: AwaitingAuth; isGranted: boolean }
  /** AUTH_OK has gone out; what waited is opened next. */
  | { readonly phase: "releasing"; readonly session: SealedSession; readonly awaiting: AwaitingAuth }
  | { readonly phase: "open"; readonly session: SealedSession }
  /** The connection above has been told, by `closed`, or is still to be told of the socket's end. */
  | { readonly phase: "closed"; readonly isTold: boolean };

type Awaiting = Extract<State, { readonly phase: "auth" | "releasing" }>;

/** What an end means that no CLOSE announced, whatever the close frame says (SR-3.2). */
const cutOff = 1006;

/**
 * A sealed connection below its frames (docs/adr/0015): towards the host it speaks handshake messages and records, to the
 * {@link Connection} above it is a socket for CBOR. Whatever fails ends it with 4470, and the peer is not told why.
 */
export class SealedSocket implements HostSocket, SocketEvents, SealedOutlet {
  readonly #core: SealedCore;
  readonly #socket: HostSocket;
  readonly #address: string;
  readonly #frameless: TokenBucket;
  readonly #ended: () => void;
  #connection: ConnectionAbove | undefined;
  /** Runs while a value has begun and not ended. */
  #unfinished: Timer | undefined;
  #state: State;

  /**
   * @param address the client's, which pays for handshakes
   * @param ended gives back what the socket counts against, once there is none: a goodbye inside the session is not its end
   */
  constructor(core: SealedCore, socket: HostSocket, address: string, ended: () => void) {
    const { sealing, limits, clock } = core;
    this.#core = core;
    this.#socket = socket;
    this.#address = address;
    this.#ended = ended;
    this.#frameless = framelessRecords(limits, sealing.sessionLimits, () => clock.monotonic());
    this.#state = { phase: "handshake", awaiting: sealing.awaitFirstMessage(address) };
  }

  /** Says who is above, before anything comes from below. */
  serve(connection: ConnectionAbove): void {
    this.#connection = connection;
  }

  /** The connection has authenticated: what it sends next is AUTH_OK. */
  granted(): void {
    if (this.#state.phase === "auth") this.#state.isGranted = true;
  }

  get transcriptHash(): Bytes {
    return this.#openSession.transcriptHash;
  }

  get exporter(): SecretBytes {
    return this.#openSession.exporter;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  /** Seals frames, as AUTH_OK where it is due, else as DATA. Without a session nothing is sent, since nothing is in plaintext. */
  send(message: Uint8Array): void {
    const state = this.#state;
    if (state.phase === "auth" && state.isGranted) this.#sendAuthOk(state, message);
    else this.#session?.seal("data", message);
  }

  sendChannelKey(content: Bytes): void {
    this.#session?.seal("channelKey", content);
    content.fill(0);
  }

  sendSkip(content: Bytes): void {
    this.#session?.seal("skip", content);
    content.fill(0);
  }

  sendPositions(content: Bytes): void {
    this.#session?.seal("heartbeat", content);
  }

  sendChannelRecord(record: Uint8Array): void {
    if (this.#session !== undefined) this.#socket.send(record, "binary");
  }

  /** Seals CLOSE with the code and the reason; the close frame has the same code, and no reason (SR-3.1). */
  close(code: number, reason: string): void {
    this.#session?.close(code, reason);
    this.#end();
    this.#socket.close(code, "");
  }

  terminate(): void {
    this.#end();
    this.#socket.terminate();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** From the host: message 1, then records (SR-1.1). */
  message(data: Uint8Array, kind: MessageKind): void {
    const state = this.#state;
    if (state.phase === "closed") return;
    const hasSession = "session" in state;
    // Nobody has anything to say between message 1 and message 2.
    if (kind === "text" || state.phase === "answering") this.#fail(hasSession ? "session" : "handshake");
    else if (state.phase === "handshake") this.#answer(state.awaiting, data);
    else if (state.phase === "open") this.#receive(state.session, data);
    else this.#receiveAuth(state, data);
  }

  drained(): void {
    this.#connection?.drained();
  }

  /** From the host. Where there was a session, an end without CLOSE is one that somebody on the way may have made (SR-3.2). */
  closed(code: number): void {
    const state = this.#state;
    const hadSession = this.#session !== undefined;
    this.#end();
    this.#ended();
    if (state.phase === "closed" && state.isTold) return;
    if (hadSession) this.#connection?.closed(cutOff);
    else this.#connection?.closed(code);
  }

  #answer(awaiting: AwaitingFirstMessage, message: Uint8Array): void {
    this.#state = { phase: "answering" };
    awaiting
      .receive(message)
      .then((answer) => this.#begin(message, answer))
      .catch((error: unknown) => this.#refuse(error));
  }

  #begin(firstMessage: Uint8Array, { message, session: established }: GatewayAnswer): void {
    if (this.#state.phase !== "answering") {
      disposeSecrets(established);
      return;
    }
    const { clock, limits, sealing, observe } = this.#core;
    const { origin, path } = parseFirstMessage(firstMessage).header;
    const { maxMessageBytes } = limits;
    const session = new SealedSession(
      established,
      { sealing, clock, address: this.#address, origin, path, maxMessageBytes },
      {
        write: (record) => this.#socket.send(record, "binary"),
        rekeyed: (how) => observe({ event: "rekeyed", how, connection: this.#id }),
        tooOld: () => this.#fail("too-old"),
      },
    );
    const awaiting = new AwaitingAuth(() => clock.monotonic());
    this.#state = { phase: "auth", session, awaiting, isGranted: false };
    this.#socket.send(message, "binary");
    observe({ event: "sealed", connection: this.#id, address: this.#address, suite: established.suite });
  }

  /** Message 1 does not hold. Only that its key is not known is said, in the one message that is in plaintext (HS-1.6). */
  #refuse(error: unknown): void {
    if (this.#state.phase === "closed") return;
    if (!(error instanceof CryptoError)) this.#connection?.failed("sealed handshake", error);
    else if (error.code !== "unknown-key") this.#fail("handshake");
    else {
      this.#socket.send(unknownKeyMessage, "binary");
      this.#fail("unknown-key", "clockOrBundle");
    }
  }

  /** Before AUTH_OK has gone out and what waited has been opened, only AUTH is opened (HS-2.1, HS-2.2). */
  #receiveAuth({ session, awaiting }: Awaiting, record: Uint8Array): void {
    const next = letThrough(awaiting, record);
    if (next === "held") return;
    const opened = next === "failed" ? next : open(session, record);
    if (opened === undefined) return;
    if (opened === "failed") this.#fail("session");
    else if (opened.type !== "auth" || !isConnectContent(opened.content)) this.#fail("auth");
    else this.#connection?.message(opened.content, "binary");
  }

  #sendAuthOk({ session, awaiting }: Extract<State, { readonly phase: "auth" }>, frames: Uint8Array): void {
    this.#state = { phase: "releasing", session, awaiting };
    session.seal("authOk", concatBytes(this.#core.sealing.signer.publicKey, frames));
    // Not while the outbox above writes: what waits may cause frames at once.
    queueMicrotask(() => this.#release());
  }

  #release(): void {
    const state = this.#state;
    if (state.phase !== "releasing") return;
    const { session, awaiting } = state;
    this.#state = { phase: "open", session };
    try {
      for (const record of awaiting.release()) this.message(record, "binary");
    } catch (error) {
      // Elsewhere the host sees to a handler that throws; nobody does here.
      this.#connection?.failed("sealed", error);
    }
  }

  #receive(session: SealedSession, record: Uint8Array): void {
    const opened = open(session, record);
    this.#watchUnfinished(opened, record);
    if (opened === "failed") this.#fail("session");
    else if (opened?.type === "data") this.#hear(opened.content, record.byteLength);
    else if (this.#isFlood()) this.#connection?.close("rateLimited", "too many records without frames");
    else if (opened !== undefined) this.#carryOut(session, opened);
  }

  /** A value whose end has not come has as long as a WebSocket message has, from its first chunk on (R27). */
  #watchUnfinished(opened: ClientRecord | undefined | "failed", record: Uint8Array): void {
    if (opened === undefined && parseHeader(record)?.ends === false) {
      const { clock, limits } = this.#core;
      const late = (): void => this.#connection?.close("heartbeatLost", "a value that did not come to its end in time");
      this.#unfinished ??= clock.after(limits.messageTimeoutMs, late);
    } else if (opened === "failed" || opened?.type === "data") {
      this.#unfinished?.cancel();
      this.#unfinished = undefined;
    }
  }

  /** The records of a value's earlier chunks have been paid for as such. */
  #hear(content: Bytes, recordBytes: number): void {
    this.#connection?.message(content, "binary", Math.max(content.byteLength, recordBytes));
  }

  /** A record that brings no frames. Positions only a gateway tells, and AUTH comes once. */
  #carryOut(session: SealedSession, opened: ClientRecord): void {
    if (opened.type === "close") this.#leave(opened.code);
    else if (opened.type === "rehandshake") this.#renew(session, opened.content);
    else if (opened.type !== "heartbeat" || opened.content.length > 0) this.#fail("session");
  }

  #renew(session: SealedSession, firstMessage: Bytes): void {
    session.rehandshake(firstMessage).catch((error: unknown) => {
      if (this.#state.phase === "closed") return;
      if (error instanceof CryptoError) this.#fail("rehandshake");
      else this.#connection?.failed("sealed handshake", error);
    });
  }

  /** The client has said goodbye, and nobody else has. */
  #leave(code: number): void {
    this.#end(true);
    this.#socket.close(closeCodes.normal.code, "");
    this.#connection?.closed(code);
  }

  #isFlood(): boolean {
    const spender = { address: this.#address, connection: this.#id };
    return this.#core.budgets.judge("records", this.#frameless.take(1), spender, false) > 0;
  }

  /** Ends the session at once: no CLOSE, since nothing of it can be relied on any more (SR-1.4). */
  #fail(kind: SealedFailure, reason: CloseReason = "sealedSessionFailed"): void {
    const user = this.#connection?.session?.user;
    const who = { connection: this.#id, address: this.#address, ...(user === undefined ? {} : { user }) };
    this.#end();
    this.#core.observe({ event: "sealed-failed", kind, ...who });
    // It closes this socket in turn.
    this.#connection?.close(reason, "");
  }

  /** Erases all keys; nothing is sealed or opened afterwards. */
  #end(isTold = false): void {
    if (this.#state.phase === "closed") return;
    this.#session?.dispose();
    this.#unfinished?.cancel();
    this.#state = { phase: "closed", isTold };
  }

  get #session(): SealedSession | undefined {
    return "session" in this.#state ? this.#state.session : undefined;
  }

  get #openSession(): SealedSession {
    if (this.#session === undefined) throw new Error("the sealed session is not open");
    return this.#session;
  }

  get #id(): string {
    return this.#connection?.id ?? "";
  }
}

/** Which error it was nobody is told (SR-1.4). */
function open(session: SealedSession, record: Uint8Array): ClientRecord | undefined | "failed" {
  try {
    return session.open(record);
  } catch (error) {
    return failed(error);
  }
}

function letThrough(awaiting: AwaitingAuth, record: Uint8Array): "open" | "held" | "failed" {
  try {
    return awaiting.receive(record);
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): "failed" {
  if (error instanceof CryptoError) return "failed";
  throw error;
}
