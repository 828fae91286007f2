import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import {
  clientFrame,
  handshake,
  handshakeHeaders,
  opcodes,
  RawClient,
} from "../../../packages/gateway/test/host/raw-client.ts";
import type { FleetTokens } from "./gateway-process.ts";

/** A kind of attack. */
export interface AttackKind {
  /** What it is, as the table of results shows it. */
  readonly name: string;
  /** All of them come from this address, instead of each from another. */
  readonly source?: string;
  /** Carried out in turn. */
  readonly attacks: readonly Attack[];
}

/** Resolves once the attack has reached its point and the gateway's answer to it has been seen; rejects otherwise. */
export type Attack = (attacker: Attacker) => Promise<void>;

/** What all attackers of a process share. */
export interface Arsenal {
  readonly port: number;
  readonly tokens: FleetTokens;
  readonly secureContext: SecureContext;
  /** Of an earlier connection: what costs an attacker no certificate check costs the fleet none. */
  readonly tlsSession: Buffer;
}

/** The headers of a handshake from a page the gateway knows. */
export const pageHeaders: readonly string[] = [...handshakeHeaders, "Origin: https://chat.example"];
/** An opening handshake the gateway accepts, for a credential in the first frame. */
export const goodHandshake: string = handshake(pageHeaders);

/** One attacking connection. Disposing of it cuts the connection. */
export class Attacker implements Disposable {
  readonly arsenal: Arsenal;
  readonly tcp: Socket;
  readonly #token: string;

  /** Connects from `source`, another loopback address; `number` picks the user whose good token it may use. */
  constructor(arsenal: Arsenal, source: string, number: number) {
    const { members } = arsenal.tokens;
    this.arsenal = arsenal;
    this.tcp = connectTcp({ port: arsenal.port, host: "127.0.0.1", localAddress: source, noDelay: true });
    // A reset is an answer as good as another; what reads sees that the connection is over.
    this.tcp.on("error", () => {});
    this.#token = members[number % members.length] ?? "";
  }

  /** The bare TCP connection, once it is there. */
  async plain(): Promise<RawClient> {
    await once(this.tcp, "connect");
    return new RawClient(this.tcp);
  }

  /** Over TLS: resumed, or with a full handshake where that is part of the attack. */
  async secure(tls: "resumed" | "full" = "resumed"): Promise<RawClient> {
    const { secureContext, tlsSession } = this.arsenal;
    const socket = beginTls(this.tcp, secureContext, tls === "resumed" ? tlsSession : undefined);
    await once(socket, "secureConnect");
    return new RawClient(socket);
  }

  /** An open WebSocket whose first frame has still to come. */
  async open(): Promise<RawClient> {
    const client = await this.secure();
    client.write(goodHandshake);
    await expectStatus(client, 101);
    return client;
  }

  /** An authenticated connection. */
  async join(): Promise<RawClient> {
    const client = await this.open();
    client.write(connectFrame(this.#token));
    const answer = (await client.readFrame()).payload.toString();
    if (!answer.startsWith('{"type":"connected"')) throw new Error(`expected connected, got ${answer}`);
    return client;
  }

  [Symbol.dispose](): void {
    this.tcp.destroy();
  }
}

/** Takes what every attacker needs: one full TLS handshake gives the session the others resume. */
export async function arm(port: number, ca: string, tokens: FleetTokens): Promise<Arsenal> {
  const secureContext = createSecureContext({ ca });
  const socket = beginTls(connectTcp({ port, host: "127.0.0.1" }), secureContext);
  const [tlsSession] = (await once(socket.resume(), "session")) as [Buffer];
  socket.destroy();
  return { port, tokens, secureContext, tlsSession };
}

/** A member that sends these bytes and is then closed with `code`. */
export function memberSending(code: number, ...parts: readonly Buffer[]): Attack {
  const bytes = Buffer.concat(parts);
  return async (attacker) => {
    const client = await attacker.join();
    client.socket.write(bytes);
    await expectClose(client, code);
  };
}

/** The `connect` frame with a token, or without. */
export function connectFrame(token?: string): Buffer {
  const payload = JSON.stringify({ type: "connect", id: 1, token });
  return clientFrame({ opcode: opcodes.text, payload });
}

/** Reads an HTTP answer. */
export async function expectStatus(client: RawClient, status: number): Promise<void> {
  const answer = await client.readResponse();
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status} ${answer.body}`);
}

/** Reads up to the close frame, which has to carry one of these codes. */
export async function expectClose(client: RawClient, ...codes: readonly number[]): Promise<void> {
  for (;;) {
    const { opcode, payload } = await client.readFrame();
    if (opcode !== opcodes.close) continue;
    const got = payload.length === 0 ? 1005 : payload.readUInt16BE(0);
    if (!codes.includes(got)) throw new Error(`expected ${codes.join(" or ")}, got ${got} ${payload.subarray(2)}`);
    return;
  }
}

function beginTls(socket: Socket, secureContext: SecureContext, session?: Buffer): TLSSocket {
  const resumed = session === undefined ? {} : { session };
  return connectTls({ socket, secureContext, servername: "localhost", ALPNProtocols: ["http/1.1"], ...resumed });
}
