import type { Bytes } from "@wardwire/crypto/bytes";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import { suites } from "@wardwire/crypto/handshake/suites";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { openingLimits } from "@wardwire/crypto/session-records/record-limits";
import { type OpenedRecord, RecordOpener, sessionFailed } from "@wardwire/crypto/session-records/record-opener";
import { RecordSealer } from "@wardwire/crypto/session-records/record-sealer";
import { recordTypes } from "@wardwire/crypto/session-records/record-types";
import { RehandshakeClock, rehandshakeTimes } from "@wardwire/crypto/session-records/rehandshake-clock";
import type { Clock, Timer } from "../clock.ts";
import { cutReason } from "../host/close-reason.ts";
import type { Sealing } from "./sealing.ts";

/** What a session is run with. */
export interface SessionOptions {
  readonly sealing: Pick<Sealing, "primitives" | "sessionLimits" | "awaitFirstMessage" | "openSessions" | "times">;
  readonly clock: Clock;
  /** The client's, which pays for fresh handshakes. */
  readonly address: string;
  /** What the first handshake was bound to; a fresh one is bound to the same (HS-5). */
  readonly origin: string;
  readonly path: string;
  /** Bytes of one DATA value of the client. */
  readonly maxMessageBytes: number;
}

/** Where a session writes, and whom it tells. */
export interface SessionActions {
  /** Sends one record. */
  write(record: Bytes): void;
  rekeyed(how: "update" | "handshake"): void;
  /** 25 hours have passed without fresh keys (SR-5.1); the session is still open. */
  tooOld(): void;
}

/** A record, opened, for which there is something to do above the session. */
export type ClientRecord =
  | { readonly type: "auth" | "data" | "heartbeat" | "rehandshake"; readonly content: Bytes }
  | Extract<OpenedRecord, { readonly type: "close" }>;

/**
 * The gateway's end of one sealed session: seals and opens its records, changes its keys in time, and owns all its
 * secrets until `dispose`.
 */
export class SealedSession {
  /** h of the first handshake (AU-2). */
  readonly transcriptHash: Bytes;
  readonly #options: SessionOptions;
  readonly #actions: SessionActions;
  readonly #suite: EstablishedSession["suite"];
  readonly #sealer: RecordSealer<"sync">;
  readonly #opener: RecordOpener<"sync">;
  readonly #rehandshakes: RehandshakeClock;
  #exporter: SecretBytes;
  /** In force once the client has switched too. */
  #freshExporter: SecretBytes | undefined;
  #age: Timer;
  #isDisposed = false;

  /** @param established owned from now on */
  constructor(established: EstablishedSession, options: SessionOptions, actions: SessionActions) {
    const { suite, clientTraffic, gatewayTraffic, exporter, limits } = established;
    const { sealing, clock } = options;
    const { maxPlaintextBytes } = limits;
    const now = (): number => clock.monotonic();
    const shared = { primitives: sealing.primitives, algorithm: suites[suite], now };
    const maxMessageBytes = Math.min(options.maxMessageBytes, openingLimits.maxMessageBytes);
    this.transcriptHash = established.transcriptHash;
    this.#options = options;
    this.#actions = actions;
    this.#suite = suite;
    this.#exporter = exporter;
    this.#sealer = new RecordSealer({
      ...shared,
      side: "gateway",
      secret: gatewayTraffic,
      limits: { maxPlaintextBytes },
    });
    const opening = { maxPlaintextBytes, maxMessageBytes };
    this.#opener = new RecordOpener({ ...shared, from: "client", secret: clientTraffic, limits: opening });
    this.#rehandshakes = new RehandshakeClock(now);
    this.#age = this.#watchAge();
    sealing.openSessions.add(this);
  }

  /** The exporter in force; stays the session's. */
  get exporter(): SecretBytes {
    return this.#exporter;
  }

  /** Seals a value and writes its records. */
  seal(type: Parameters<RecordSealer["seal"]>[0], content: Uint8Array): void {
    const { seal } = this.#options.sealing.times;
    const startedAt = seal.begin();
    const records = this.#sealer.seal(type, content);
    seal.end(startedAt);
    for (const record of records) {
      if (record[0] === recordTypes.keyUpdate) this.#actions.rekeyed("update");
      this.#actions.write(record);
    }
  }

  /** Seals CLOSE and writes it; nothing is sealed behind it. A reason that is too long is cut. */
  close(code: number, reason: string): void {
    for (const record of this.#sealer.close(code, cutReason(reason))) this.#actions.write(record);
  }

  /**
   * Opens the next record of the client.
   *
   * @returns undefined where there is nothing to do: a chunk with more to come, new keys
   * @throws CryptoError `session`, and ever after
   */
  open(record: Uint8Array): ClientRecord | undefined {
    const { open } = this.#options.sealing.times;
    const startedAt = open.begin();
    const opened = this.#opener.open(record);
    open.end(startedAt);
    if (opened === undefined) {
      if (record[0] === recordTypes.keyUpdate) this.#actions.rekeyed("update");
      return undefined;
    }
    if (opened.type === "switch") {
      this.#switched();
      return undefined;
    }
    // The opener takes no type of the gateway's from a client (SR-1.3).
    return opened as ClientRecord;
  }

  /**
   * Answers a REHANDSHAKE: message 2, and SWITCH behind it (SR-5.2). Records go on meanwhile. Where the session ends
   * meanwhile nothing is sent.
   *
   * @throws CryptoError as a rejection: `session` for one that comes too soon, `handshake`
   */
  async rehandshake(message: Uint8Array): Promise<void> {
    if (!this.#rehandshakes.begin()) throw sessionFailed();
    const { sealing, address, origin, path } = this.#options;
    const within = { exporter: this.#exporter, suite: this.#suite, origin, path };
    const answer = await sealing.awaitFirstMessage(address, within).receive(message);
    if (this.#isDisposed) {
      disposeSecrets(answer.session);
      return;
    }
    const { clientTraffic, gatewayTraffic, exporter } = answer.session;
    this.#freshExporter = exporter;
    this.#opener.expectSwitch(clientTraffic);
    this.seal("rehandshake", answer.message);
    for (const record of this.#sealer.switchTo(gatewayTraffic)) this.#actions.write(record);
  }

  /** Erases every secret. Calling it again does nothing. */
  dispose(): void {
    this.#isDisposed = true;
    this.#options.sealing.openSessions.delete(this);
    this.#age.cancel();
    this.#sealer.dispose();
    this.#opener.dispose();
    this.#exporter.dispose();
    this.#freshExporter?.dispose();
  }

  /** The client has switched, which it can only when this side has: both go on under the fresh keys. */
  #switched(): void {
    if (this.#freshExporter === undefined) return;
    this.#exporter.dispose();
    this.#exporter = this.#freshExporter;
    this.#freshExporter = undefined;
    this.#rehandshakes.switched();
    this.#age.cancel();
    this.#age = this.#watchAge();
    this.#actions.rekeyed("handshake");
  }

  #watchAge(): Timer {
    return this.#options.clock.after(rehandshakeTimes.tooOldAfterMs, () => this.#actions.tooOld());
  }
}

/** Erases a session that came too late to be run. */
export function disposeSecrets({ clientTraffic, gatewayTraffic, exporter }: EstablishedSession): void {
  clientTraffic.dispose();
  gatewayTraffic.dispose();
  exporter.dispose();
}
