import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { clientFrame, handshake, handshakeHeaders, opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import type { FuzzedSequence, Outcome } from "./frame-grammar.ts";
import { originHeader } from "./gateway-process.ts";

/**
 * One WebSocket that is sent sequences of frames until it does not survive one. It reads what comes back without
 * keeping it, so that 100,000 sequences need no memory.
 */
export class FuzzedConnection {
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #outcome: Outcome = "open";
  #awaited: (opcode: number, payload: Buffer) => boolean = () => false;
  #wake: () => void = () => {};
  #count = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.once("close", () => {
      if (this.#outcome === "open") this.#outcome = 1006;
      this.#wake();
    });
  }

  /** Opens a socket; with `authenticated` it has also been answered `connected`. */
  static async open(port: number, authenticated: boolean): Promise<FuzzedConnection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(handshake([...handshakeHeaders, originHeader]));
    const [answer] = (await once(socket, "data")) as [Buffer];
    if (!answer.toString("latin1").startsWith("HTTP/1.1 101 ")) throw new Error(`expected 101, got ${answer}`);
    const connection = new FuzzedConnection(socket);
    if (authenticated) await connection.#authenticate();
    return connection;
  }

  /** Sends a sequence and a ping; the pong tells that it survived. */
  async play({ bytes, unfinished }: FuzzedSequence): Promise<Outcome> {
    const marker = Buffer.from(`marker ${this.#count++}`);
    this.#socket.write(bytes);
    if (unfinished) this.#socket.end();
    else this.#socket.write(clientFrame({ opcode: opcodes.ping, payload: marker }));
    await this.#until((opcode, payload) => opcode === opcodes.pong && payload.equals(marker));
    return this.#outcome;
  }

  /** Resolves when the TCP connection has ended: by the server, once the outcome is not `open`. */
  async ended(): Promise<void> {
    if (this.#outcome === "open") this.#socket.destroy();
    if (!this.#socket.closed) await once(this.#socket, "close");
  }

  async #authenticate(): Promise<void> {
    const answered = this.#until((opcode, payload) => opcode === opcodes.text && payload.includes('"connected"'));
    this.#socket.write(clientFrame({ opcode: opcodes.text, payload: '{"type":"connect","id":1,"token":"good"}' }));
    await answered;
    if (this.#outcome !== "open") throw new Error(`connect was answered with ${this.#outcome}`);
  }

  /** Resolves at the frame awaited or at the end of the connection; rejects when neither comes. */
  #until(awaited: (opcode: number, payload: Buffer) => boolean): Promise<void> {
    if (this.#outcome !== "open") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("neither an answer nor an end within 8 s")), 8_000);
      this.#awaited = awaited;
      this.#wake = () => {
        clearTimeout(timer);
        this.#awaited = () => false;
        resolve();
      };
    });
  }

  #read(chunk: Buffer): void {
    let bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    for (;;) {
      const [first = 0, second = 0] = bytes;
      const head = second < 126 ? 2 : second === 126 ? 4 : 10;
      if (bytes.length < head) break;
      const length = head === 2 ? second : head === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
      if (bytes.length < head + length) break;
      this.#received(first & 0x0f, bytes.subarray(head, head + length));
      bytes = bytes.subarray(head + length);
    }
    this.#unread = Buffer.from(bytes);
  }

  #received(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.close) {
      this.#outcome = payload.length === 0 ? 1005 : payload.readUInt16BE(0);
      // Without the answer to its close the gateway would wait for closeTimeoutMs.
      if (this.#socket.writable) this.#socket.write(clientFrame({ opcode, payload }));
      this.#wake();
    } else if (this.#awaited(opcode, payload)) {
      this.#wake();
    }
  }
}
