import { type Bytes, concatBytes, utf8 } from "@wardwire/crypto/bytes";
import { encodeChannelKey, encodePositions } from "@wardwire/crypto/channel-records/channel-announcements";
import { ChannelSealer, type SealedForChannel } from "@wardwire/crypto/channel-records/channel-sealer";
import { CryptoError } from "@wardwire/crypto/crypto-error";
import { AwaitingFirstMessage, type GatewayHandshakeOptions } from "@wardwire/crypto/handshake/gateway-handshake";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import { unknownKeyMessage, widestLimits } from "@wardwire/crypto/handshake/second-message";
import { SeenCiphertexts } from "@wardwire/crypto/handshake/seen-ciphertexts";
import { suites } from "@wardwire/crypto/handshake/suites";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { RecordOpener } from "@wardwire/crypto/session-records/record-opener";
import { RecordSealer } from "@wardwire/crypto/session-records/record-sealer";
import { cborCodec } from "@wardwire/wire/cbor";
import { decodeClientMessage } from "@wardwire/wire/decode";
import {
  type ClientFrame,
  type ConnectedFrame,
  type GatewayFrame,
  type Json,
  sealedSubprotocol,
} from "@wardwire/wire/frames";
import { gatewayDecodeLimits } from "@wardwire/wire/limits";
import type { VirtualClock } from "../../support/virtual-clock.ts";
import type { ServerKeys } from "./server-keys.ts";
import type { Wire } from "./wire.ts";

/** Frames as a CBOR sequence. */
export function encodeFrames(...frames: readonly GatewayFrame[]): Bytes {
  return concatBytes(...frames.map((frame) => cborCodec.encode(frame) as Uint8Array));
}

/** The number of the sealed channel `room` and of the transport channel `lobby` on every connection. */
export const channelNumbers: Readonly<Record<string, number>> = { room: 3, lobby: 4 };

/** As much of a gateway as a sealed client needs: the crypto package's side of it, one sealed channel, and no rules. */
export class StandInGateway {
  readonly sessions: GatewaySession[] = [];
  readonly sealer: ChannelSealer<"sync">;
  readonly handshakes: GatewayHandshakeOptions;
  readonly recordKey: Bytes;
  readonly clock: VirtualClock;
  /** What it says of channels in `joined`; a test may lie. */
  protections: Readonly<Record<string, "sealed" | undefined>> = { room: "sealed" };
  /** Added to its clock in message 2. */
  skewMs = 0;
  /** Told in `connected`. */
  heartbeatMs = 25_000;
  offset = 0;
  /** Called with each connection before anything comes from it. */
  onSession: (session: GatewaySession) => void = () => undefined;

  constructor(keys: ServerKeys, clock: VirtualClock) {
    const signer = nodePrimitives.ed25519.signer(SecretBytes.random(32));
    this.clock = clock;
    this.recordKey = signer.publicKey;
    this.sealer = new ChannelSealer({
      primitives: nodePrimitives,
      signer,
      channelHash: nodePrimitives.sha256(utf8("room")),
      now: () => clock.now(),
    });
    this.handshakes = {
      primitives: nodePrimitives,
      keys: keys.ring,
      origins: ["https://chat.example"],
      paths: ["/ws"],
      limits: widestLimits,
      seen: new SeenCiphertexts(),
      kemBudget: { take: () => 0 },
      now: () => clock.now() + this.skewMs,
    };
  }

  /** Serves a socket. */
  readonly serve = (wire: Wire): void => {
    const session = new GatewaySession(this, wire);
    this.sessions.push(session);
    this.onSession(session);
    wire.accept(sealedSubprotocol);
  };

  get latest(): GatewaySession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error("nobody has connected");
    return session;
  }

  /** Seals a message of the room and sends it to all its members. */
  publish(data: Json): void {
    this.offset += 1;
    const message = { offset: this.offset, message: `m${this.offset}`, at: this.clock.now(), data };
    this.sendToRoom({ type: "message", channel: channelNumbers["room"] as number, ...message });
  }

  /** Seals frames as one record of the room. */
  sendToRoom(...frames: readonly GatewayFrame[]): void {
    const sealed = this.sealer.seal(encodeFrames(...frames));
    for (const session of this.sessions) session.giveRecord(sealed);
  }
}

/** One connection of a {@link StandInGateway}. */
export class GatewaySession {
  readonly wire: Wire;
  /** What the client has sent inside the session. */
  readonly received: ClientFrame[] = [];
  /** The CLOSE of the client. */
  closed: { readonly code: number; readonly reason: string } | undefined;
  /** Whether it takes a fresh handshake. */
  takesRehandshake = true;
  /** Answers `connect`; AUTH_OK when left as it is. */
  onConnect: (frame: ClientFrame & { readonly type: "connect" }) => void = ({ id }) => this.authorize(id);
  /** Answers `renew`; `renewed` when left as it is. */
  onRenew: (frame: ClientFrame & { readonly type: "renew" }) => void = ({ id }) =>
    this.send({ type: "renewed", id, expiresAt: 4_000_000_000_000 });
  readonly #gateway: StandInGateway;
  #session: EstablishedSession | undefined;
  #sealer: RecordSealer<"sync"> | undefined;
  #opener: RecordOpener<"sync"> | undefined;
  #isMember = false;
  #hasKey = false;

  constructor(gateway: StandInGateway, wire: Wire) {
    this.#gateway = gateway;
    this.wire = wire;
    wire.onMessage = (message) => void this.#answer(message);
  }

  get sealer(): RecordSealer<"sync"> {
    if (this.#sealer === undefined) throw new Error("there is no session yet");
    return this.#sealer;
  }

  /** Of the latest handshake. */
  get established(): EstablishedSession {
    if (this.#session === undefined) throw new Error("there is no session yet");
    return this.#session;
  }

  /** Sends frames in DATA. */
  send(...frames: readonly GatewayFrame[]): void {
    this.seal("data", encodeFrames(...frames));
  }

  /** Seals a value and sends its records. */
  seal(type: Parameters<RecordSealer["seal"]>[0], content: Uint8Array): void {
    for (const record of this.sealer.seal(type, content)) this.wire.toClient(record);
  }

  /** CLOSE, and the close frame. */
  close(code: number, reason = ""): void {
    for (const record of this.sealer.close(code, reason)) this.wire.toClient(record);
    this.wire.close(code);
  }

  authorize(id: number, fields: Partial<ConnectedFrame> = {}): void {
    const connected = {
      type: "connected",
      id,
      connection: `c_${this.#gateway.sessions.length}`,
      user: "alice",
      device: "phone",
      expiresAt: 4_000_000_000_000,
      heartbeatMs: this.#gateway.heartbeatMs,
      limits: { maxMessageBytes: 65_536, maxFrames: 64, maxJoins: 128, messagesPerSecond: 20 },
      ...fields,
    } as const;
    this.seal("authOk", concatBytes(this.#gateway.recordKey, encodeFrames(connected)));
  }

  /** HEARTBEAT with where the room is. */
  heartbeat(): void {
    const { position } = this.#gateway.sealer;
    const entries =
      this.#hasKey && position !== undefined ? [[channelNumbers["room"] as number, position] as const] : [];
    this.seal("heartbeat", encodePositions(new Map(entries)));
  }

  giveRecord({ record, keys }: SealedForChannel): void {
    if (!this.#isMember) return;
    if (keys !== undefined && (keys.goTo === "everyone" || !this.#hasKey)) {
      this.seal("channelKey", encodeChannelKey(channelNumbers["room"] as number, keys.key));
    }
    this.#hasKey = true;
    this.wire.toClient(record);
  }

  async #answer(message: Uint8Array): Promise<void> {
    if (this.#opener === undefined) return await this.#shakeHands(message);
    let opened: ReturnType<RecordOpener<"sync">["open"]>;
    try {
      opened = this.#opener.open(message);
    } catch {
      this.wire.close(4470);
      return;
    }
    if (opened?.type === "auth" || opened?.type === "data") this.#onFrames(opened.content);
    else if (opened?.type === "close") this.closed = opened;
    else if (opened?.type === "rehandshake" && this.takesRehandshake) await this.#switch(opened.content);
  }

  async #shakeHands(message: Uint8Array): Promise<void> {
    try {
      const answer = await new AwaitingFirstMessage(this.#gateway.handshakes, { take: () => 0 }).receive(message);
      const { suite, clientTraffic, gatewayTraffic } = answer.session;
      const now = (): number => this.#gateway.clock.now();
      const shared = { primitives: nodePrimitives, algorithm: suites[suite], now };
      this.#session = answer.session;
      this.#sealer = new RecordSealer({ ...shared, side: "gateway", secret: gatewayTraffic });
      this.#opener = new RecordOpener({ ...shared, from: "client", secret: clientTraffic });
      this.wire.toClient(answer.message);
    } catch (error) {
      const isUnknown = error instanceof CryptoError && error.code === "unknown-key";
      if (isUnknown) this.wire.toClient(unknownKeyMessage);
      this.wire.close(isUnknown ? 4471 : 4470);
    }
  }

  async #switch(message: Uint8Array): Promise<void> {
    const { exporter, suite } = this.#session as EstablishedSession;
    const awaiting = new AwaitingFirstMessage(this.#gateway.handshakes, { take: () => 0 }, { exporter, suite });
    const answer = await awaiting.receive(message);
    this.#session = answer.session;
    this.#opener?.expectSwitch(answer.session.clientTraffic);
    this.seal("rehandshake", answer.message);
    for (const record of this.sealer.switchTo(answer.session.gatewayTraffic)) this.wire.toClient(record);
  }

  #onFrames(content: Uint8Array): void {
    for (const decoded of decodeClientMessage(cborCodec, content, gatewayDecodeLimits)) {
      if (!decoded.ok) throw new Error(decoded.message);
      this.received.push(decoded.frame);
      this.#onFrame(decoded.frame);
    }
  }

  #onFrame(frame: ClientFrame): void {
    switch (frame.type) {
      case "connect":
        this.onConnect(frame);
        return;
      case "join":
        this.#join(frame);
        return;
      case "leave":
        this.#isMember = this.#hasKey = false;
        this.send({ type: "left", id: frame.id, channel: frame.channel });
        return;
      case "publish":
        this.#gateway.publish(frame.data);
        if (frame.id !== undefined) this.send({ type: "published", id: frame.id, offset: this.#gateway.offset });
        return;
      case "renew":
        this.onRenew(frame);
        return;
      case "call":
        this.send({ type: "result", id: frame.id, output: frame.input });
        return;
      case "history":
        this.send({ type: "error", id: frame.id, code: "not-supported", message: "nothing is kept" });
        return;
      default:
    }
  }

  #join({ id, channel: name, params }: ClientFrame & { readonly type: "join" }): void {
    const protection = this.#gateway.protections[name];
    const channel = channelNumbers[name] as number;
    const position = { stream: "s1", offset: this.#gateway.offset };
    const joined = { type: "joined", id, channel, name, params, position } as const;
    this.send(protection === undefined ? joined : { ...joined, protection });
    if (protection === undefined) return;
    this.#isMember = true;
    this.#gateway.sealer.memberJoined();
  }
}
