import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { closePayload, encodeFrame, opcodes } from "../../../packages/scanner/src/raw/frame.ts";
import { FrameFault, FrameReader, type FrameRule, type Message } from "./frame-reader.ts";
import { endOf, isValid, type TokenRule } from "./tokens.ts";

/** What a server may do wrong once a WebSocket is open; everything left out is sound. */
export interface SessionHabits {
  readonly forgets?: readonly FrameRule[];
  readonly forgetsInTokens?: readonly TokenRule[];
  /** Lets everybody in. */
  readonly asksForNoToken?: boolean;
  /** Takes the token from the query, too. */
  readonly takesTokenFromUrl?: boolean;
  /** Answers a message it cannot read with the stack of its exception. */
  readonly showsStack?: boolean;
  /** Keeps connections open when their tokens have ended. */
  readonly outlivesTokens?: boolean;
  /** Leaves silent connections alone. */
  readonly neverPings?: boolean;
  readonly answersNoPing?: boolean;
  readonly answersNoClose?: boolean;
  readonly masksFrames?: boolean;
  readonly countsNoMessages?: boolean;
  readonly countsNoPings?: boolean;
  /** Acknowledges this many sessions in all, and is silent in the later ones. */
  readonly acknowledgesAtMost?: number;
  /** Speaks MQTT instead. */
  readonly speaksMqtt?: boolean;
  /** Speaks permessage-deflate. */
  readonly inflates?: boolean;
}

const mostMessages = 100;
const mostPings = 50;
const heartbeatMs = 4_000;

/**
 * Speaks graphql-transport-ws as far as its first exchange goes, on connections whose handshake is over: a token in
 * `connection_init` is acknowledged, its absence answered by a close with 4401. In MQTT the token is in the handshake.
 */
export function sessions(habits: SessionHabits): (socket: Duplex, request: IncomingMessage) => void {
  let acknowledged = 0;
  const mayAcknowledge = (): boolean => {
    acknowledged += 1;
    return acknowledged <= (habits.acknowledgesAtMost ?? Number.POSITIVE_INFINITY);
  };
  return (socket, request) => {
    const session = new Session(socket, request, habits, mayAcknowledge);
    const deflates = /permessage-deflate/.test(request.headers["sec-websocket-extensions"] ?? "");
    const reader = new FrameReader(habits.forgets ?? [], deflates && habits.inflates === true);
    socket.on("data", (chunk: Buffer) => session.read(reader, chunk));
    if (habits.neverPings) return;
    const heartbeat = setInterval(() => session.ping(), heartbeatMs);
    socket.once("close", () => clearInterval(heartbeat));
  };
}

class Session {
  readonly #socket: Duplex;
  readonly #request: IncomingMessage;
  readonly #habits: SessionHabits;
  readonly #mayAcknowledge: () => boolean;
  #messages = 0;
  #pings = 0;

  constructor(socket: Duplex, request: IncomingMessage, habits: SessionHabits, mayAcknowledge: () => boolean) {
    this.#socket = socket;
    this.#request = request;
    this.#habits = habits;
    this.#mayAcknowledge = mayAcknowledge;
  }

  ping(): void {
    this.#send(opcodes.ping, Buffer.alloc(0));
  }

  read(reader: FrameReader, chunk: Buffer): void {
    try {
      for (const message of reader.read(chunk)) {
        if (!this.#socket.writable) return;
        this.#take(message);
      }
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.#close(error.closeCode);
    }
  }

  #take({ opcode, payload }: Message): void {
    if (opcode === opcodes.close && !this.#habits.answersNoClose) this.#close(1000);
    else if (opcode === opcodes.ping) this.#pong(payload);
    else if (opcode === opcodes.text || opcode === opcodes.binary) this.#answer(payload, opcode);
  }

  #pong(payload: Buffer): void {
    this.#pings += 1;
    if (this.#pings > mostPings && !this.#habits.countsNoPings) this.#close(1008);
    else if (!this.#habits.answersNoPing) this.#send(opcodes.pong, payload);
  }

  #answer(payload: Buffer, opcode: number): void {
    this.#messages += 1;
    if (this.#messages > mostMessages && !this.#habits.countsNoMessages) this.#close(1008);
    else if (opcode === opcodes.text && !this.#habits.speaksMqtt) this.#answerText(payload.toString());
    else if (opcode === opcodes.binary && this.#habits.speaksMqtt) this.#answerPacket(payload);
  }

  #answerText(text: string): void {
    const init = this.#parse(text);
    if (init?.type !== "connection_init") return;
    if (!this.#isAdmitted(init.payload?.Authorization)) this.#close(4401);
    else if (this.#mayAcknowledge()) this.#send(opcodes.text, Buffer.from('{"type":"connection_ack"}'));
  }

  /** CONNECT is answered by CONNACK: 0 for accepted, 5 for not authorized (MQTT 3.1.1, section 3.2). */
  #answerPacket([type]: Buffer): void {
    if (type !== 0x10) return;
    const isAdmitted = this.#isAdmitted(this.#request.headers.authorization);
    if (!isAdmitted || this.#mayAcknowledge())
      this.#send(opcodes.binary, Buffer.from([0x20, 2, 0, isAdmitted ? 0 : 5]));
  }

  #parse(text: string): Init | undefined {
    try {
      return JSON.parse(text);
    } catch (error) {
      const shown = this.#habits.showsStack && error instanceof Error ? error.stack : "not JSON";
      this.#send(opcodes.text, Buffer.from(JSON.stringify({ type: "invalid", shown })));
      return undefined;
    }
  }

  #isAdmitted(authorization: string | undefined): boolean {
    const { asksForNoToken, takesTokenFromUrl, forgetsInTokens = [] } = this.#habits;
    const query = new URL(this.#request.url ?? "", "https://chat.example").searchParams;
    const inUrl = takesTokenFromUrl ? query.get("token") : null;
    const token = authorization?.replace(/^Bearer /, "") ?? inUrl ?? "";
    const isAdmitted = asksForNoToken === true || isValid(token, forgetsInTokens);
    if (isAdmitted && this.#habits.outlivesTokens !== true) this.#closeAt(endOf(token));
    return isAdmitted;
  }

  #closeAt(endsAt: number): void {
    if (endsAt === Number.POSITIVE_INFINITY) return;
    const end = setTimeout(() => this.#close(4401), endsAt - Date.now());
    this.#socket.once("close", () => clearTimeout(end));
  }

  #send(opcode: number, payload: Buffer): void {
    if (this.#socket.writable)
      this.#socket.write(encodeFrame({ opcode, payload, masked: this.#habits.masksFrames ?? false }));
  }

  #close(code: number): void {
    this.#send(opcodes.close, closePayload(code));
    this.#socket.end();
  }
}

interface Init {
  readonly type?: string;
  readonly payload?: { readonly Authorization?: string };
}
