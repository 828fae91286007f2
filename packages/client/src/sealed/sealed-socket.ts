import { CryptoError } from "@wardwire/crypto/crypto-error";
import { startHandshake } from "@wardwire/crypto/handshake/client-handshake";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import { widestLimits } from "@wardwire/crypto/handshake/second-message";
import type { WireMessage } from "@wardwire/wire/codec";
import { type ClientFrame, type GatewayFrame, sealedSubprotocol } from "@wardwire/wire/frames";
import type { SealedSecurity } from "../security.ts";
import type { Socket, SocketClose, SocketFactory, SocketObserver, SocketRequest } from "../socket/socket.ts";
import { RawSocket, RawSocketEnded } from "./raw-socket.ts";
import { Session, type SessionSettings } from "./session.ts";
import { failedCloseCode, lossOfFailure, lossOfOpening, sessionFailed, truncated } from "./session-loss.ts";
import type { PinnedBundle } from "./trusted-bundles.ts";

/** What sealed sockets are made from. */
export interface SealedSocketSettings extends SessionSettings {
  /** Opens what is underneath. */
  readonly sockets: SocketFactory;
  /** The client's own bound of a message, which a gateway's may only lower (HS-1.7). */
  readonly maxMessageBytes: number;
  /** There are keys, or fresh ones. */
  readonly onKeys: (security: SealedSecurity) => void;
}

/**
 * A socket that speaks CBOR frames to the connection above it, and records to the gateway: it is open once the gateway is
 * authenticated (HS-1), and the first message sent on it, the `connect` frame, goes as AUTH.
 */
export class SealedSocket implements Socket {
  readonly #settings: SealedSocketSettings;
  readonly #request: SocketRequest;
  readonly #observer: SocketObserver;
  readonly #over = new AbortController();
  #socket: RawSocket | undefined;
  #session: Session | undefined;

  /** Starts to open it, and calls no observer before it has returned. */
  constructor(settings: SealedSocketSettings, request: SocketRequest, observer: SocketObserver) {
    this.#settings = settings;
    this.#request = request;
    this.#observer = observer;
    void this.#run();
  }

  get bufferedAmount(): number {
    return (this.#socket?.bufferedAmount ?? 0) + (this.#session?.sealingBytes ?? 0);
  }

  send(message: WireMessage, frame?: ClientFrame): void {
    // The codec above is CBOR's.
    this.#session?.send(message as Uint8Array, frame);
  }

  admits(frame: GatewayFrame): boolean {
    return this.#session?.admits(frame) ?? false;
  }

  close(code: number, reason: string): void {
    if (this.#session === undefined) this.#giveUp();
    else void this.#session.close({ code, reason }).then(() => this.#socket?.close(code));
  }

  terminate(): void {
    if (this.#socket === undefined) this.#giveUp();
    else this.#socket.terminate();
  }

  async #run(): Promise<void> {
    try {
      const { session, socket } = await this.#open();
      this.#observer.onOpen(this.#request.protocols[0] ?? "");
      for (;;) {
        const close = await session.receive(await socket.next());
        if (close !== undefined) this.#end(close, normalCode);
      }
    } catch (error) {
      this.#endBy(error);
    }
  }

  /** Does the handshake; with the bundle that is served now once more, when the gateway does not know this one (HS-1.6). */
  async #open(): Promise<{ readonly session: Session; readonly socket: RawSocket }> {
    const { bundles } = this.#settings;
    const { signal } = this.#over;
    try {
      // Nobody is told anything before the constructor has returned.
      await Promise.resolve();
      return await this.#openWith(await bundles.get(signal));
    } catch (error) {
      if (!(error instanceof CryptoError && error.code === "unknown-key")) throw error;
      this.#socket?.close(normalCode);
      return await this.#openWith(await bundles.fetch(signal));
    }
  }

  async #openWith(pinned: PinnedBundle): Promise<{ readonly session: Session; readonly socket: RawSocket }> {
    const { sockets, clock, bundles, primitives, origin, path, maxMessageBytes } = this.#settings;
    this.#over.signal.throwIfAborted();
    const request = { ...this.#request, protocols: [sealedSubprotocol], maxMessageBytes: maxRawMessageBytes };
    const socket = new RawSocket(sockets, { ...request, authorization: undefined }, clock, 2 * maxMessageBytes);
    this.#socket = socket;
    if ((await socket.opened()) !== sealedSubprotocol) throw sessionFailed();
    const { bundle } = pinned;
    const limits = { ...widestLimits, maxMessageBytes };
    const { message, awaiting } = await startHandshake({ primitives, bundle, origin, path, limits });
    try {
      socket.send(message);
      const established = await awaiting.receive(await socket.next());
      if (this.#over.signal.aborted) {
        disposeSecrets(established);
        throw sessionFailed();
      }
      const session = new Session(established, pinned, socket, this.#settings, {
        onFrames: (frames) => this.#observer.onMessage(frames),
        onKeys: this.#settings.onKeys,
        onFailed: (error) => this.#endBy(error),
      });
      this.#session = session;
      // Whoever was told of the keys may have closed the client.
      if (this.#over.signal.aborted) session.dispose();
      await bundles.sawTime(established.serverTimeMs);
      return { session, socket };
    } finally {
      awaiting.dispose();
    }
  }

  /** Before there is a session: nothing is told to the gateway, and nobody waits for it. */
  #giveUp(): void {
    this.#end({ code: 1006, reason: "", loss: lossOfFailure(sessionFailed()) }, normalCode);
  }

  #endBy(error: unknown): void {
    if (!(error instanceof RawSocketEnded)) {
      this.#end({ code: failedCloseCode, reason: "", loss: lossOfFailure(error) }, failedCloseCode);
    } else if (this.#session === undefined) {
      this.#end({ ...error.close, loss: lossOfOpening(error.close, error.opened) });
    } else this.#end({ ...error.close, loss: truncated(error.close) });
  }

  /** Ends once; `code` closes what is underneath. */
  #end(close: SocketClose, code?: number): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#session?.dispose();
    if (code !== undefined) this.#socket?.close(code);
    this.#observer.onClose(close);
  }
}

/** Nobody wants the session any more. */
function disposeSecrets({ clientTraffic, gatewayTraffic, exporter }: EstablishedSession): void {
  for (const secret of [clientTraffic, gatewayTraffic, exporter]) secret.dispose();
}

const normalCode = 1000;

/** No handshake message and no record is larger (SR-1.2). */
const maxRawMessageBytes = 65_536;
