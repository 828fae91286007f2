import type { Bytes } from "@wardwire/crypto/bytes";
import { channelRecordType } from "@wardwire/crypto/channel-records/channel-header";
import { type ClientHandshakeOptions, startHandshake } from "@wardwire/crypto/handshake/client-handshake";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import { suites } from "@wardwire/crypto/handshake/suites";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { type OpenedRecord, RecordOpener } from "@wardwire/crypto/session-records/record-opener";
import { RecordSealer } from "@wardwire/crypto/session-records/record-sealer";
import { cborCodec } from "@wardwire/wire/cbor";
import { decodeGatewayMessage } from "@wardwire/wire/decode";
import { type ClientFrame, type GatewayFrame, sealedSubprotocol } from "@wardwire/wire/frames";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { GatewayOnPaper, type PaperOptions } from "../gateway-on-paper.ts";
import { FarEnd } from "./far-end.ts";
import { type TestServerKeys, testServerKeys } from "./test-server-keys.ts";

/** What a client has been told, in the order it came: frames one by one, other records whole. */
export type Received =
  | { readonly type: "frame"; readonly frame: GatewayFrame }
  | { readonly type: "channelKey" | "skip" | "heartbeat"; readonly content: Bytes }
  | { readonly type: "channelRecord"; readonly record: Uint8Array }
  | { readonly type: "close"; readonly code: number; readonly reason: string };

/** A gateway on paper that serves sealed connections, on one clock with its keys. */
export interface SealedGateway {
  readonly gateway: GatewayOnPaper;
  readonly keys: TestServerKeys;
}

/** Makes one; `changes` are those of {@link GatewayOnPaper}. */
export async function sealedGateway(changes: Omit<PaperOptions, "clock"> = {}): Promise<SealedGateway> {
  const clock = new ManualClock();
  const keys = await testServerKeys(clock);
  return { gateway: new GatewayOnPaper({ serverKeys: keys, ...changes, clock }), keys };
}

/** A client whose `connect` with this token has succeeded. */
export async function sealedClient({ gateway, keys }: SealedGateway, token: string): Promise<SealedClient> {
  const client = await SealedClient.open(gateway);
  await client.handshake(keys);
  await client.authenticate(token);
  return client;
}

/** The client's side of a sealed connection, step by step, so that a test can leave one out or do another. */
export class SealedClient {
  readonly socket: FarEnd;
  /** Everything opened since AUTH_OK, and not taken by {@link next}. */
  readonly received: Received[] = [];
  /** The process's key for channel records, as AUTH_OK told it. */
  recordKey: Bytes | undefined;
  /** Of the handshake in force. */
  session: EstablishedSession | undefined;
  /** What did not open, if anything did not. */
  failure: unknown;
  readonly #now: () => number;
  #sealer: RecordSealer<"sync"> | undefined;
  #opener: RecordOpener<"sync"> | undefined;
  readonly #unopened: Uint8Array[] = [];
  #isBusy = false;
  #rehandshake: ((secondMessage: Bytes) => Promise<void>) | undefined;

  /** An open socket under the sealed subprotocol, on which nothing has been said yet. */
  static async open(
    gateway: GatewayOnPaper,
    headers: Parameters<GatewayOnPaper["upgrade"]>[0] = {},
    remoteAddress?: string,
  ): Promise<SealedClient> {
    const given = { "sec-websocket-protocol": sealedSubprotocol, ...headers };
    const answer = await gateway.upgrade(given, undefined, remoteAddress);
    if (!answer.accepted) throw new Error(`refused with ${answer.status}: ${answer.body}`);
    const socket = new FarEnd();
    socket.events = answer.open(socket);
    return new SealedClient(socket, () => gateway.clock.monotonic());
  }

  /** @param now milliseconds of a clock that never goes back */
  constructor(socket: FarEnd, now: () => number) {
    this.socket = socket;
    this.#now = now;
  }

  /** Message 1 and message 2. */
  async handshake(keys: TestServerKeys, changes: Partial<ClientHandshakeOptions> = {}): Promise<void> {
    const { message, awaiting } = await startHandshake(handshakeOptions(keys, changes));
    this.socket.deliver(message);
    const answer = await this.socket.until(() => this.socket.messages[0]);
    const session = await awaiting.receive(answer.message);
    this.session = session;
    const shared = { primitives: nodePrimitives, algorithm: suites[session.suite], now: this.#now };
    const { maxPlaintextBytes } = session.limits;
    const sealing = { side: "client", secret: session.clientTraffic, limits: { maxPlaintextBytes } } as const;
    this.#sealer = new RecordSealer({ ...shared, ...sealing });
    const opening = { from: "gateway", secret: session.gatewayTraffic, limits: session.limits } as const;
    this.#opener = new RecordOpener({ ...shared, ...opening });
    this.socket.onMessage = (bytes) => {
      this.#unopened.push(bytes);
      if (!this.#isBusy) void this.#openAll();
    };
  }

  /** AUTH and AUTH_OK. */
  async authenticate(token: string): Promise<void> {
    this.sendAuth({ type: "connect", id: 1, token });
    await this.next("connected");
  }

  /** Sends AUTH with these frames, of which there should be one. */
  sendAuth(...frames: readonly (ClientFrame | Record<string, unknown>)[]): void {
    this.sendRecord("auth", encodeFrames(frames));
  }

  /** Sends frames as one DATA value. */
  send(...frames: readonly (ClientFrame | Record<string, unknown>)[]): void {
    this.sendRecord("data", encodeFrames(frames));
  }

  /** Seals a value and sends its records. */
  sendRecord(type: Parameters<RecordSealer["seal"]>[0], content: Uint8Array): void {
    for (const record of this.seal(type, content)) this.socket.deliver(record);
  }

  /** The records of a value, not sent yet. */
  seal(type: Parameters<RecordSealer["seal"]>[0], content: Uint8Array): readonly Bytes[] {
    return this.sealer.seal(type, content);
  }

  /** CLOSE, then the close frame. */
  close(code: number, reason = ""): void {
    for (const record of this.sealer.close(code, reason)) this.socket.deliver(record);
    this.socket.leave(code);
  }

  get sealer(): RecordSealer<"sync"> {
    if (this.#sealer === undefined) throw new Error("expected a handshake first");
    return this.#sealer;
  }

  /**
   * Asks for fresh keys (HS-5); resolves when message 2 has opened and SWITCH has been sent. What the gateway sends
   * meanwhile is opened in its order.
   */
  async rehandshake(keys: TestServerKeys, changes: Partial<ClientHandshakeOptions> = {}): Promise<void> {
    const old = this.session as EstablishedSession;
    const within = { exporter: old.exporter, suite: old.suite };
    const { message, awaiting } = await startHandshake(handshakeOptions(keys, { within, ...changes }));
    const switched = Promise.withResolvers<void>();
    this.#rehandshake = async (secondMessage) => {
      const session = await awaiting.receive(secondMessage);
      this.#opener?.expectSwitch(session.gatewayTraffic);
      for (const record of this.sealer.switchTo(session.clientTraffic)) this.socket.deliver(record);
      this.session = session;
      switched.resolve();
    };
    this.sendRecord("rehandshake", message);
    await Promise.race([switched.promise, this.socket.closed()]);
  }

  /** Takes the next frame of a type, all before it being dropped. */
  async next<T extends GatewayFrame["type"]>(type: T): Promise<Extract<GatewayFrame, { type: T }>> {
    const item = await this.take((each) => each.type === "frame" && each.frame.type === type);
    return (item as { readonly frame: unknown }).frame as Extract<GatewayFrame, { type: T }>;
  }

  /** Takes the next thing for which `fits` holds, all before it being dropped. */
  take(fits: (item: Received) => boolean): Promise<Received> {
    return this.socket.until(() => {
      for (let item = this.received.shift(); item !== undefined; item = this.received.shift()) {
        if (fits(item)) return item;
      }
      return undefined;
    });
  }

  async #openAll(): Promise<void> {
    this.#isBusy = true;
    try {
      for (let message = this.#unopened.shift(); message !== undefined; message = this.#unopened.shift()) {
        const pending = this.#open(message);
        if (pending !== undefined) await pending;
      }
    } catch (error) {
      this.failure = error;
    }
    this.#isBusy = false;
    this.socket.wake();
  }

  #open(message: Uint8Array): Promise<void> | undefined {
    if (message[0] === channelRecordType) {
      this.received.push({ type: "channelRecord", record: message });
      return undefined;
    }
    const opened = this.#opener?.open(message);
    return opened === undefined ? undefined : this.#take(opened);
  }

  #take(opened: OpenedRecord): Promise<void> | undefined {
    switch (opened.type) {
      case "authOk":
        this.recordKey = opened.content.slice(0, 32);
        this.#takeFrames(opened.content.subarray(32));
        return undefined;
      case "data":
        this.#takeFrames(opened.content);
        return undefined;
      case "rehandshake":
        return this.#rehandshake?.(opened.content);
      case "switch":
        return undefined;
      case "close":
        this.received.push(opened);
        return undefined;
      case "auth":
        throw new Error("a gateway sends no AUTH");
      default:
        this.received.push({ type: opened.type, content: opened.content });
        return undefined;
    }
  }

  #takeFrames(content: Bytes): void {
    for (const decoded of decodeGatewayMessage(cborCodec, content, clientDecodeLimits)) {
      if (!decoded.ok) throw new Error(decoded.message);
      this.received.push({ type: "frame", frame: decoded.frame });
    }
  }
}

/** Frames as a CBOR sequence. */
export function encodeFrames(frames: readonly (ClientFrame | Record<string, unknown>)[]): Uint8Array {
  return Buffer.concat(frames.map((frame) => cborCodec.encode(frame as unknown as ClientFrame) as Uint8Array));
}

function handshakeOptions(keys: TestServerKeys, changes: Partial<ClientHandshakeOptions>): ClientHandshakeOptions {
  return { primitives: nodePrimitives, bundle: keys.trusted, origin: "https://chat.example", path: "/ws", ...changes };
}
