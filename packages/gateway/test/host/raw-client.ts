import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

/** An HTTP answer as it came over the wire. */
export interface RawResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A WebSocket frame as it came over the wire. */
export interface RawFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The frame types of RFC 6455 §5.2. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What a client frame is made from; masked and final unless told otherwise. */
export interface FrameParts {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  readonly fin?: boolean;
  readonly masked?: boolean;
  readonly rsv?: number;
}

/** Builds a frame as a client sends it, legal or not. */
export function clientFrame({ opcode, payload = "", fin = true, masked = true, rsv = 0 }: FrameParts): Buffer {
  const data = Buffer.from(payload as Uint8Array);
  const extended = data.length < 126 ? 0 : data.length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (extended === 0 ? data.length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(data.length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(data.length), 2);
  if (!masked) return Buffer.concat([head, data]);
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  return Buffer.concat([head, mask, data.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
}

/** A close frame as a client sends it. */
export function closeFrame(code: number, reason = ""): Buffer {
  const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)]);
  payload.writeUInt16BE(code, 0);
  return clientFrame({ opcode: opcodes.close, payload });
}

/** The headers of a correct opening handshake, as lines. */
export const handshakeHeaders: readonly string[] = [
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** An opening handshake; `lines` come instead of the correct headers. */
export function handshake(lines: readonly string[] = handshakeHeaders, requestLine = "GET /ws HTTP/1.1"): string {
  return `${[requestLine, ...lines].join("\r\n")}\r\n\r\n`;
}

/** A TCP or TLS client that sends what it is told and reads HTTP answers and WebSocket frames. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves when the connection has closed, by an error as well. */
  readonly closed: Promise<void>;
  #chunks: Buffer[] = [];
  #length = 0;
  #ended = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#ended = true;
        this.#wake();
        resolve();
      });
    });
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#wake();
    });
  }

  /** Connects, from `localAddress` where it is given; with TLS options over TLS. */
  static async connect(
    port: number,
    tls?: ConnectionOptions,
    host = "127.0.0.1",
    localAddress?: string,
  ): Promise<RawClient> {
    const to = { port, host, ...(localAddress !== undefined && { localAddress }) };
    const socket = tls ? connectTls({ ...to, ...tls }) : connectTcp(to);
    await once(socket, tls ? "secureConnect" : "connect");
    return new RawClient(socket);
  }

  write(...parts: readonly (string | Uint8Array)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));
  }

  /** Sends a correct handshake and expects 101. */
  async open(lines: readonly string[] = []): Promise<RawResponse> {
    this.write(handshake([...handshakeHeaders, ...lines]));
    const response = await this.readResponse();
    if (response.status !== 101) throw new Error(`expected 101, got ${response.status} ${response.body}`);
    return response;
  }

  /** The next HTTP answer. */
  async readResponse(): Promise<RawResponse> {
    let headEnd = -1;
    await this.#until(() => {
      headEnd = this.#peek().indexOf("\r\n\r\n");
      return headEnd !== -1;
    });
    const [statusLine = "", ...lines] = this.#take(headEnd + 4)
      .toString("latin1")
      .trimEnd()
      .split("\r\n");
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const body = await this.#read(Number(headers.get("content-length") ?? 0));
    return { status: Number(statusLine.split(" ")[1]), headers, body: body.toString() };
  }

  /** The next frame from the server, which is not masked. */
  async readFrame(): Promise<RawFrame> {
    const [first = 0, short = 0] = await this.#read(2);
    const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
    const length = extended === 0 ? short : Number(`0x${(await this.#read(extended)).toString("hex")}`);
    return { fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload: await this.#read(length) };
  }

  /** The code of the next frame, which has to be a close frame. */
  async readCloseCode(): Promise<number> {
    const frame = await this.readFrame();
    if (frame.opcode !== opcodes.close) throw new Error(`expected a close frame, got opcode ${frame.opcode}`);
    return frame.payload.length === 0 ? 1005 : frame.payload.readUInt16BE(0);
  }

  /** Everything still to come until the connection closes. */
  async readToEnd(): Promise<Buffer> {
    await this.closed;
    return this.#take(this.#length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  async #read(length: number): Promise<Buffer> {
    await this.#until(() => this.#length >= length);
    return this.#take(length);
  }

  #peek(): Buffer {
    const received = Buffer.concat(this.#chunks);
    this.#chunks = [received];
    return received;
  }

  #take(length: number): Buffer {
    const received = this.#peek();
    this.#chunks = [received.subarray(length)];
    this.#length -= length;
    return received.subarray(0, length);
  }

  async #until(arrived: () => boolean): Promise<void> {
    while (!arrived()) {
      if (this.#ended) throw new Error(`the connection closed after ${this.#length} unread bytes`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
