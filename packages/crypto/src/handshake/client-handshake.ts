/** The client's side of the handshake: message 1, then one object that waits for message 2 (HS-1 to HS-5). */
import { type Bytes, concatBytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import type { TrustedBundle } from "../keys/bundle-check.ts";
import type { KemPrivateKey, Primitives } from "../primitives/primitives.ts";
import { encodeFeatures, encodeHeader, type HandshakeHeader, protocolVersion } from "./first-message.ts";
import { handshakeFailed } from "./handshake-error.ts";
import { deriveSession, type EstablishedSession } from "./key-schedule.ts";
import { handshakePrologue, type RunningSession } from "./prologue.ts";
import {
  type GatewayTerms,
  isUnknownKeyMessage,
  parseSecondMessage,
  parseTerms,
  type SessionLimits,
  widestLimits,
} from "./second-message.ts";
import { defaultSuites, type Suite } from "./suites.ts";
import { Transcript } from "./transcript.ts";

/** What a client needs to start. */
export interface ClientHandshakeOptions {
  readonly primitives: Primitives;
  /** Checked by `checkBundle`. */
  readonly bundle: TrustedBundle;
  /** Where the client connects to, such as `https://chat.example`. */
  readonly origin: string;
  /** The path of the socket, such as `/ws`. */
  readonly path: string;
  /** Preferred first; all there are by default. In a running session the suite in force is offered, and no other. */
  readonly suites?: readonly Suite[];
  /** The client's own bounds; the widest by default. */
  readonly limits?: SessionLimits;
  /** The session that asks for fresh keys (HS-5); none for the first handshake of a socket. */
  readonly within?: RunningSession;
}

/**
 * Makes message 1.
 *
 * @throws CryptoError `handshake`, as a rejection, for a bundle whose key cannot be used
 */
export async function startHandshake(
  options: ClientHandshakeOptions,
): Promise<{ readonly message: Bytes; readonly awaiting: AwaitingSecondMessage }> {
  const { primitives, bundle, within } = options;
  const header: HandshakeHeader = {
    version: protocolVersion,
    suites: within === undefined ? (options.suites ?? defaultSuites) : [within.suite],
    mode: within === undefined ? 1 : 2,
    bundleVersion: bundle.version,
    kid: bundle.kid,
    origin: options.origin,
    path: options.path,
  };
  const headerBytes = encodeHeader(header);
  const prologue = handshakePrologue(headerBytes, bundle.hash, within);
  const transcript = await Transcript.start(primitives, prologue, bundle.publicKey);
  const ephemeral = await primitives.kem.generate();
  try {
    const { ciphertext, secret } = await primitives.kem.encapsulate(bundle.publicKey);
    await transcript.mixHash(ciphertext);
    await transcript.mixKeyAndHash(secret);
    await transcript.mixHash(ephemeral.publicKey);
    const payload = await transcript.seal(encodeFeatures());
    const message = concatBytes(headerBytes, ciphertext, ephemeral.publicKey, payload);
    return { message, awaiting: new AwaitingSecondMessage(options, header, transcript, ephemeral) };
  } catch {
    transcript.dispose();
    ephemeral.dispose();
    throw handshakeFailed();
  }
}

/** Waits for message 2, once. It owns the ephemeral key and the transcript, and lets go of both in any case (HS-4.3). */
export class AwaitingSecondMessage {
  readonly #options: ClientHandshakeOptions;
  readonly #header: HandshakeHeader;
  readonly #transcript: Transcript;
  readonly #ephemeral: KemPrivateKey;
  #spent = false;

  constructor(
    options: ClientHandshakeOptions,
    header: HandshakeHeader,
    transcript: Transcript,
    ephemeral: KemPrivateKey,
  ) {
    this.#options = options;
    this.#header = header;
    this.#transcript = transcript;
    this.#ephemeral = ephemeral;
  }

  /**
   * Opens message 2; the gateway is authenticated when this resolves.
   *
   * @throws CryptoError `unknown-key`, as a rejection, for the plaintext error: fetch the bundle once and try once more (HS-1.6)
   * @throws CryptoError `handshake`, as a rejection, for anything else, and when it is called again
   */
  async receive(message: Uint8Array): Promise<EstablishedSession> {
    if (this.#spent) throw handshakeFailed();
    this.#spent = true;
    const isUnknownKey = this.#header.mode === 1 && isUnknownKeyMessage(message);
    try {
      if (!isUnknownKey) return await this.#open(message);
    } catch {
      // Which check failed is nobody's business, the application's neither (HS-4.2).
      throw handshakeFailed();
    } finally {
      this.#release();
    }
    throw unknownKey();
  }

  /** Gives up waiting. */
  dispose(): void {
    this.#spent = true;
    this.#release();
  }

  async #open(message: Uint8Array): Promise<EstablishedSession> {
    const { ciphertext, sealedPayload } = parseSecondMessage(message);
    const secret = await this.#ephemeral.decapsulate(ciphertext);
    await this.#transcript.mixHash(ciphertext);
    await this.#transcript.mixKey(secret);
    const terms = parseTerms(await this.#transcript.open(sealedPayload));
    const suite = requireTerms(terms, this.#header.suites);
    const limits = lowerLimits(terms.limits, this.#options.limits ?? widestLimits);
    const { serverTimeMs } = terms;
    return deriveSession(this.#options.primitives, this.#transcript, { suite, limits, serverTimeMs });
  }

  #release(): void {
    this.#ephemeral.dispose();
    this.#transcript.dispose();
  }
}

/** The offer came back as it was, and the choice is one of it: nobody took a suite out (HS-1.7). */
function requireTerms({ offered, suite }: GatewayTerms, sent: readonly number[]): Suite {
  const isEcho = offered.length === sent.length && offered.every((each, index) => each === sent[index]);
  if (isEcho && sent.includes(suite)) return suite as Suite;
  throw handshakeFailed();
}

function lowerLimits(one: SessionLimits, other: SessionLimits): SessionLimits {
  return {
    maxPlaintextBytes: Math.min(one.maxPlaintextBytes, other.maxPlaintextBytes),
    maxMessageBytes: Math.min(one.maxMessageBytes, other.maxMessageBytes),
  };
}

function unknownKey(): CryptoError {
  return new CryptoError("unknown-key", "the gateway does not have this key bundle: fetch it again");
}
