/** The gateway's side of the handshake: one object that waits for message 1 and answers with message 2 (HS-1 to HS-5). */
import type { Bytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import type { KemPrivateKey, Primitives } from "../primitives/primitives.ts";
import { type FirstMessage, parseFirstMessage, protocolVersion, requireFeatures } from "./first-message.ts";
import { handshakeFailed } from "./handshake-error.ts";
import { deriveSession, type EstablishedSession } from "./key-schedule.ts";
import { handshakePrologue, type RunningSession } from "./prologue.ts";
import { encodeSecondMessage, encodeTerms, type SessionLimits } from "./second-message.ts";
import type { SeenCiphertexts } from "./seen-ciphertexts.ts";
import { defaultSuites, type Suite } from "./suites.ts";
import { Transcript } from "./transcript.ts";

/** What all handshakes of a gateway share. */
export interface GatewayHandshakeOptions {
  readonly primitives: Primitives;
  readonly keys: HandshakeKeys;
  /** The public origins it is reached under, such as `https://chat.example`. */
  readonly origins: readonly string[];
  /** The paths of its socket, such as `/ws`. */
  readonly paths: readonly string[];
  /** Those it has; all there are by default. */
  readonly suites?: readonly Suite[];
  readonly limits: SessionLimits;
  readonly seen: SeenCiphertexts;
  /** KEM time of the process, in microseconds (HS-3.2). */
  readonly kemBudget: Budget;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The gateway's keys and bundles; a `KeyRing` is one. */
export interface HandshakeKeys {
  /** SHA-256 of an unexpired bundle; undefined for any other. */
  bundleHash(version: number): Uint8Array | undefined;
  /** The key of a kid; undefined when there is none. The handshake borrows it. */
  take(kid: Uint8Array): { readonly publicKey: Uint8Array; readonly privateKey: KemPrivateKey } | undefined;
}

/** Something of which there is only so much; the gateway's token buckets are such. */
export interface Budget {
  /** Takes `cost`, or nothing; 0 when it was taken, else how many milliseconds to wait. */
  take(cost: number): number;
}

/** What a handshake costs the gateway in KEM time, microseconds: decapsulation, encapsulation and what goes with them. */
export const handshakeCostMicroseconds = 500;

/** What message 1 led to: send `message`; the receiver owns the session. */
export interface GatewayAnswer {
  readonly message: Bytes;
  readonly session: EstablishedSession;
}

/** Waits for the one message 1 of a socket, or of a running session (HS-3.1). */
export class AwaitingFirstMessage {
  readonly #options: GatewayHandshakeOptions;
  readonly #addressBudget: Budget;
  readonly #within: RunningSession | undefined;
  #spent = false;

  /**
   * @param addressBudget handshakes of the client's address; 1 is taken for each (HS-3.2)
   * @param within the session that asks for fresh keys (HS-5); none for the first handshake of a socket. Give `options` the
   *   one origin and path of that session then, since they stay the same
   */
  constructor(options: GatewayHandshakeOptions, addressBudget: Budget, within?: RunningSession) {
    this.#options = options;
    this.#addressBudget = addressBudget;
    this.#within = within;
  }

  /**
   * Opens message 1 and makes message 2.
   *
   * @throws CryptoError `unknown-key`, as a rejection: send the plaintext error, `unknownKeyMessage`, and close with 4471 (HS-1.6)
   * @throws CryptoError `handshake`, as a rejection, for anything else, and when it is called again: close with 4470
   */
  async receive(message: Uint8Array): Promise<GatewayAnswer> {
    if (this.#spent) throw handshakeFailed();
    this.#spent = true;
    const first = parseFirstMessage(message);
    const suite = this.#chooseSuite(first);
    const bundleHash = this.#options.keys.bundleHash(first.header.bundleVersion);
    const key = bundleHash && this.#options.keys.take(first.header.kid);
    // Inside a session nothing is in plaintext, this error neither.
    if (bundleHash === undefined || key === undefined) throw this.#within ? handshakeFailed() : unknownKey();
    await this.#admit(first);
    const prologue = handshakePrologue(first.headerBytes, bundleHash, this.#within);
    const transcript = await Transcript.start(this.#options.primitives, prologue, key.publicKey);
    try {
      const secret = await key.privateKey.decapsulate(first.ciphertext);
      return await this.#answer(first, suite, transcript, secret);
    } catch {
      // Whatever it was, the peer and the log learn the same: which check failed would be an oracle (HS-4.2).
      throw handshakeFailed();
    } finally {
      transcript.dispose();
    }
  }

  /** What the header must be before any budget or key is asked (HS-1.4, HS-1.5). */
  #chooseSuite({ header }: FirstMessage): Suite {
    const { origins, paths, suites = defaultSuites } = this.#options;
    const has = this.#within === undefined ? suites : [this.#within.suite];
    const suite = header.suites.find((each) => (has as readonly number[]).includes(each));
    const mode = this.#within === undefined ? 1 : 2;
    // Inside a session the suite in force is offered, and nothing else (HS-5).
    const offersMore = this.#within !== undefined && header.suites.length !== 1;
    if (
      suite === undefined ||
      offersMore ||
      header.version !== protocolVersion ||
      header.mode !== mode ||
      !origins.includes(header.origin) ||
      !paths.includes(header.path)
    ) {
      throw handshakeFailed();
    }
    return suite as Suite;
  }

  /** Budgets first, since they are cheap, then the ciphertexts seen (HS-3.2). */
  async #admit({ header, ciphertext }: FirstMessage): Promise<void> {
    const { kemBudget, primitives, seen } = this.#options;
    if (this.#addressBudget.take(1) > 0) throw handshakeFailed();
    if (kemBudget.take(handshakeCostMicroseconds) > 0) throw handshakeFailed();
    if (!seen.add(header.kid, await primitives.sha256(ciphertext))) throw handshakeFailed();
  }

  async #answer(
    { header, ciphertext, ephemeral, sealedPayload }: FirstMessage,
    suite: Suite,
    transcript: Transcript,
    secret: Parameters<Transcript["mixKey"]>[0],
  ): Promise<GatewayAnswer> {
    const { primitives, limits, now } = this.#options;
    await transcript.mixHash(ciphertext);
    await transcript.mixKeyAndHash(secret);
    await transcript.mixHash(ephemeral);
    requireFeatures(await transcript.open(sealedPayload));
    const answer = await primitives.kem.encapsulate(ephemeral);
    await transcript.mixHash(answer.ciphertext);
    await transcript.mixKey(answer.secret);
    const serverTimeMs = now();
    const payload = await transcript.seal(encodeTerms({ offered: header.suites, suite, serverTimeMs, limits }));
    return {
      message: encodeSecondMessage(answer.ciphertext, payload),
      session: await deriveSession(primitives, transcript, { suite, limits, serverTimeMs }),
    };
  }
}

function unknownKey(): CryptoError {
  return new CryptoError("unknown-key", "the client named a key bundle or a key that this gateway does not have");
}
