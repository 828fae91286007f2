import type { Contract } from "@wardwire/contract";
import type { Bytes } from "@wardwire/crypto/bytes";
import { channelRecordType } from "@wardwire/crypto/channel-records/channel-header";
import { JoinedChannels } from "@wardwire/crypto/channel-records/joined-channels";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import { type Suite, suites } from "@wardwire/crypto/handshake/suites";
import type { Primitives } from "@wardwire/crypto/primitives";
import { type OpenedRecord, RecordOpener } from "@wardwire/crypto/session-records/record-opener";
import { RecordSealer } from "@wardwire/crypto/session-records/record-sealer";
import type { ClientFrame, GatewayFrame } from "@wardwire/wire/frames";
import type { Clock } from "../platform/clock.ts";
import type { SealedSecurity } from "../security.ts";
import { type DeviceKey, DeviceProofs } from "./device-proofs.ts";
import { FrameGate, type FrameSource } from "./frame-gate.ts";
import type { RawSocket } from "./raw-socket.ts";
import { Rehandshakes } from "./rehandshakes.ts";
import { recordsWithheld, sessionFailed } from "./session-loss.ts";
import type { PinnedBundle, TrustedBundles } from "./trusted-bundles.ts";

/** What a session is made from, besides what its handshake gave. */
export interface SessionSettings {
  readonly primitives: Primitives;
  readonly bundles: TrustedBundles;
  readonly clock: Clock;
  readonly origin: string;
  readonly path: string;
  readonly contract: Contract | undefined;
  /** Proves the tokens shown in the session. */
  readonly deviceKey: DeviceKey | undefined;
}

/** Hears what a session brings. */
export interface SessionObserver {
  /** Frames, as a CBOR sequence; each is held against {@link Session.admits} before it is used. */
  onFrames(frames: Uint8Array): void;
  /** There are keys: those of the first handshake before {@link Session} is there, then fresh ones. */
  onKeys(security: SealedSecurity): void;
  /** It cannot go on. */
  onFailed(error: unknown): void;
}

/** The authenticated end of a session. */
export interface SessionClose {
  readonly code: number;
  readonly reason: string;
}

/** The records of one sealed socket in both directions: frames go in and come out, everything else is dealt with here. */
export class Session {
  readonly #settings: SessionSettings;
  readonly #observer: SessionObserver;
  readonly #socket: RawSocket;
  readonly #sealer: RecordSealer;
  readonly #opener: RecordOpener;
  readonly #rehandshakes: Rehandshakes;
  readonly #gate: FrameGate;
  readonly #suite: Suite;
  readonly #proofs: DeviceProofs | undefined;
  /** There from AUTH_OK on. */
  #channels: JoinedChannels | undefined;
  #hasAuth = false;
  #handshakes = 0;
  #disposed = false;
  /** Sealing and sending, one after the other. */
  #sending: Promise<void> = Promise.resolve();
  #sealingBytes = 0;

  /** @param established its secrets are the session's from now on */
  constructor(
    established: EstablishedSession,
    pinned: PinnedBundle,
    socket: RawSocket,
    settings: SessionSettings,
    observer: SessionObserver,
  ) {
    const { suite, limits, clientTraffic, gatewayTraffic } = established;
    const { primitives, clock } = settings;
    const now = monotonic(clock);
    const { maxPlaintextBytes } = limits;
    const shared = { primitives, algorithm: suites[suite], now };
    this.#settings = settings;
    this.#observer = observer;
    this.#socket = socket;
    this.#suite = suite;
    this.#gate = new FrameGate(settings.contract);
    this.#sealer = new RecordSealer({
      ...shared,
      side: "client",
      secret: clientTraffic,
      limits: { maxPlaintextBytes },
    });
    this.#opener = new RecordOpener({ ...shared, from: "gateway", secret: gatewayTraffic, limits });
    const fail = (error: unknown): void => this.#fail(error);
    const send = (message: Bytes): void => this.#send(0, () => this.#sealer.seal("rehandshake", message));
    this.#rehandshakes = new Rehandshakes({ ...settings, now, suite, send, fail }, established.exporter);
    const { deviceKey } = settings;
    this.#proofs = deviceKey && new DeviceProofs(deviceKey, established.transcriptHash, this.#rehandshakes);
    this.#tellKeys(pinned);
  }

  /** Bytes of frames that are not sealed yet. */
  get sealingBytes(): number {
    return this.#sealingBytes;
  }

  /** Seals and sends the message of a frame, the first of which is the `connect` frame (AU-1). */
  send(message: Uint8Array, frame?: ClientFrame): void {
    const type = this.#hasAuth ? "data" : "auth";
    this.#hasAuth = true;
    const proofs = this.#proofs;
    const seal = (content: Uint8Array) => this.#sealer.seal(type, content);
    this.#send(message.length, () =>
      proofs === undefined || frame === undefined ? seal(message) : proofs.complete(message, frame).then(seal),
    );
  }

  /** Seals and sends CLOSE; resolves when the socket has it, or when that is not possible any more. */
  async close({ code, reason }: SessionClose): Promise<void> {
    this.#send(0, () => this.#sealer.close(code, reason));
    await this.#sending;
  }

  /** Whether a frame may stand where the frames given out last came from (SR-2.2). */
  admits(frame: GatewayFrame): boolean {
    const admitted = this.#gate.admits(frame);
    if (admitted) this.#proofs?.heard(frame);
    return admitted;
  }

  /**
   * Opens the next message of the socket.
   *
   * @returns the authenticated end, when that was it
   * @throws CryptoError, ClientError: the session has to end; as rejections
   */
  async receive(message: Uint8Array): Promise<SessionClose | undefined> {
    if (message[0] === channelRecordType) {
      const opened = await this.#joined().open(message);
      if (opened?.type === "lost") throw recordsWithheld();
      if (opened !== undefined) await this.#give(opened.channel, opened.content);
      return undefined;
    }
    const record = await this.#opener.open(message);
    if (record?.type === "close") return record;
    if (record !== undefined) await this.#take(record);
    return undefined;
  }

  /** Lets go of all keys. */
  dispose(): void {
    this.#disposed = true;
    this.#sealer.dispose();
    this.#opener.dispose();
    this.#rehandshakes.dispose();
    this.#channels?.dispose();
  }

  async #take(record: Exclude<OpenedRecord, { readonly type: "close" }>): Promise<void> {
    switch (record.type) {
      case "authOk":
        return await this.#authorized(record.content);
      case "data":
        return await this.#give(this.#channels === undefined ? "unauthorized" : "session", record.content);
      case "channelKey":
        return requireNone([await this.#joined().channelKey(record.content)]);
      case "skip":
        return requireNone([await this.#joined().skip(record.content)]);
      case "heartbeat":
        return requireNone(await this.#joined().heartbeat(record.content));
      case "rehandshake":
        return await this.#switch(record.content);
      case "switch":
        return this.#tellKeys(this.#rehandshakes.switched());
      default:
        throw sessionFailed();
    }
  }

  /** AUTH_OK: the process's record key, once, then frames (RK-4). */
  async #authorized(content: Bytes): Promise<void> {
    if (this.#channels !== undefined) throw sessionFailed();
    const { primitives } = this.#settings;
    const verifier = await primitives.ed25519.verifier(content.slice(0, recordKeyBytes));
    this.#channels = new JoinedChannels({ primitives, verifier });
    if (this.#disposed) this.dispose();
    await this.#give("session", content.subarray(recordKeyBytes));
  }

  /** The channels, which nobody may speak of before AUTH_OK. */
  #joined(): JoinedChannels {
    if (this.#channels === undefined) throw sessionFailed();
    return this.#channels;
  }

  /** Gives frames out; what they say of channels holds before the next record is opened. */
  async #give(source: FrameSource, frames: Uint8Array): Promise<void> {
    if (this.#disposed) return;
    this.#gate.source = source;
    this.#observer.onFrames(frames);
    for (const { channel, joined } of this.#gate.takeChanges()) {
      await (joined ? this.#joined().join(channel) : this.#joined().leave(channel));
    }
  }

  /** Message 2 of a fresh handshake: the next record of each direction is SWITCH (SR-5.2). */
  async #switch(message: Bytes): Promise<void> {
    const { clientTraffic, gatewayTraffic, serverTimeMs } = await this.#rehandshakes.receive(message);
    this.#opener.expectSwitch(gatewayTraffic);
    this.#send(0, () => this.#sealer.switchTo(clientTraffic));
    await this.#settings.bundles.sawTime(serverTimeMs);
  }

  #tellKeys({ pin, bundle }: PinnedBundle): void {
    this.#handshakes += 1;
    this.#observer.onKeys({
      protection: "sealed",
      suite: suiteNames[this.#suite],
      postQuantum: true,
      pin,
      keysSince: this.#settings.clock.now(),
      handshakes: this.#handshakes,
      bundleExpiresAt: bundle.notAfter * 1_000,
    });
  }

  /** Seals when what came before has been sent; what is sealed is sent at once, in the order of the calls. */
  #send(bytes: number, seal: () => readonly Bytes[] | Promise<readonly Bytes[]>): void {
    this.#sealingBytes += bytes;
    this.#sending = this.#sending.then(async () => {
      try {
        for (const record of await seal()) this.#socket.send(record);
      } catch (error) {
        this.#fail(error);
      }
      this.#sealingBytes -= bytes;
    });
  }

  #fail(error: unknown): void {
    if (!this.#disposed) this.#observer.onFailed(error);
  }
}

const recordKeyBytes = 32;

const suiteNames: Readonly<Record<Suite, SealedSecurity["suite"]>> = {
  1: "X-Wing + AES-256-GCM",
  2: "X-Wing + ChaCha20-Poly1305",
};

/** No channel has lost records (RK-5). */
function requireNone(lost: readonly (number | undefined)[]): void {
  if (lost.some((channel) => channel !== undefined)) throw recordsWithheld();
}

/** Milliseconds that never go back, whatever is done to the device's clock. */
function monotonic(clock: Clock): () => number {
  let latest = clock.now();
  return () => {
    latest = Math.max(latest, clock.now());
    return latest;
  };
}
