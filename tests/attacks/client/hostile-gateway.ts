import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** What a gateway does to whoever connects. */
export interface Hostility {
  /** The answer to an opening handshake, given the right value of Sec-WebSocket-Accept; a correct one when left out. */
  readonly answer?: (accept: string) => string;
  /** Called once that has been sent. */
  readonly opened?: (socket: Socket) => void;
  /** Called with what the client sends behind its handshake; thrown away when left out. */
  readonly received?: (bytes: Buffer, socket: Socket) => void;
}

/** The head of an answer that opens a WebSocket; `lines` come in addition. */
export function switching(
  accept: string,
  lines: readonly string[] = ["Sec-WebSocket-Protocol: wardwire.v1.json"],
): string {
  const own = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"];
  return `${[...own, `Sec-WebSocket-Accept: ${accept}`, ...lines].join("\r\n")}\r\n\r\n`;
}

/** The answer to a client's first frame that makes it connected. */
export function connectedReply(heartbeatMs: number): string {
  const limits = { maxMessageBytes: 65_536, maxFrames: 64, maxJoins: 128, messagesPerSecond: 20 };
  const who = { connection: "c_1", user: "alice", device: "phone" };
  return JSON.stringify({ type: "connected", id: 1, ...who, expiresAt: Date.now() + 900_000, heartbeatMs, limits });
}

/** A server that answers a client with whatever it is told to, over plain TCP on loopback. */
export class HostileGateway implements AsyncDisposable {
  /** The heads of all handshakes, as they came. */
  readonly handshakes: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(hostility: Hostility) {
    this.#server = createServer((socket) => this.#serve(socket, hostility));
  }

  static async start(hostility: Hostility): Promise<HostileGateway> {
    const gateway = new HostileGateway(hostility);
    await once(gateway.#server.listen(0, "127.0.0.1"), "listening");
    return gateway;
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `ws://${this.address}/ws`;
  }

  #serve(socket: Socket, { answer = switching, opened, received }: Hostility): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
    let head = "";
    const readHead = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      socket.off("data", readHead);
      this.handshakes.push(head.slice(0, end));
      socket.on("data", (bytes: Buffer) => received?.(bytes, socket));
      socket.write(answer(acceptFor(head)));
      opened?.(socket);
    };
    socket.on("data", readHead);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** RFC 6455 §4.2.2. */
function acceptFor(head: string): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? "";
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}
