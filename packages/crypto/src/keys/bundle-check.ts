import { type Bytes, equalBytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import { signatureContexts } from "../labels.ts";
import type { Primitives } from "../primitives/primitives.ts";
import { type Bundle, kidOf, parseBundle } from "./bundle.ts";
import { malformed } from "./canonical-cbor.ts";
import { parseCertificate, requireCertificate } from "./certificate.ts";
import { type Pin, pinOf } from "./pin.ts";
import { revokedError, revokedPin } from "./revocation.ts";
import { parseSignedObject, requireSignatures } from "./signing-key.ts";
import { isValidAt, requireValidAt, toleratedSkewSeconds } from "./validity.ts";

/** What a client knows before it looks at a bundle. */
export interface BundleTrust {
  /** The current identity's pin, then the next one's where the application has it: the order says who may revoke whom. */
  readonly pins: readonly Pin[];
  /** The origin the client connects to, such as `https://chat.example`. */
  readonly origin: string;
  /** The protocol version this client speaks. */
  readonly protocol: number;
  readonly memory: BundleMemory;
  /** The client's own clock, milliseconds since 1970. */
  readonly nowMs: number;
}

/** What a client remembers of earlier bundles and handshakes; plain JSON, to be persisted where there is a store. */
export interface BundleMemory {
  /** The highest version seen (KB-3.3). */
  readonly highestVersion: number;
  /** The highest time a gateway told inside an authenticated handshake, milliseconds since 1970 (KB-3.5). */
  readonly floorMs: number;
  /** Pins that have been revoked (KB-2.3). */
  readonly revokedPins: readonly string[];
}

/** The memory of a client that has seen nothing yet. */
export const emptyBundleMemory: BundleMemory = { highestVersion: 0, floorMs: 0, revokedPins: [] };

/** A bundle that may be used, and what the handshake needs of it. */
export interface TrustedBundle {
  readonly version: number;
  /** SHA-256 of the signed object (KB-1.5). */
  readonly hash: Bytes;
  readonly kid: Bytes;
  /** The online key to encapsulate to. */
  readonly publicKey: Bytes;
  /** Until when it can be used, seconds since 1970: the end of the bundle or of its key, whichever comes first. */
  readonly notAfter: number;
}

/** The result of {@link checkBundle}: persist `memory` in either case. */
export type BundleVerdict =
  | {
      readonly bundle: TrustedBundle;
      /** Of the identity behind it: one of those pinned. */
      readonly pin: Pin;
      readonly memory: BundleMemory;
    }
  | { readonly refused: CryptoError; readonly memory: BundleMemory };

/**
 * Checks a bundle in the order of KB-3.1. A refusal has a memory too: the revocation in a bundle of the revoked identity
 * counts although the bundle does not.
 *
 * @param bytes at most `maxBundleBytes`, as served
 */
export async function checkBundle(
  primitives: Primitives,
  bytes: Uint8Array,
  trust: BundleTrust,
): Promise<BundleVerdict> {
  let memory = trust.memory;
  try {
    const bundle = parseBundle(bytes);
    memory = { ...memory, revokedPins: await revokedPins(primitives, bundle, trust) };
    const now = Math.floor(Math.max(trust.nowMs, memory.floorMs) / 1_000);
    const pin = await requireTrusted(primitives, bytes, bundle, { ...trust, memory }, now);
    const key = await usableKey(primitives, bundle, now);
    memory = { ...memory, highestVersion: bundle.version };
    const hash = await primitives.sha256(bytes);
    const notAfter = Math.min(bundle.notAfter, key.notAfter);
    return { bundle: { version: bundle.version, hash, ...key, notAfter }, pin, memory };
  } catch (error) {
    if (error instanceof CryptoError) return { refused: error, memory };
    throw error;
  }
}

/** The memory after a handshake that authenticated the gateway's time (HS-1.8). */
export function withFloor(memory: BundleMemory, serverTimeMs: number): BundleMemory {
  return { ...memory, floorMs: Math.max(memory.floorMs, serverTimeMs) };
}

async function revokedPins(primitives: Primitives, bundle: Bundle, trust: BundleTrust): Promise<readonly string[]> {
  const pins = new Set(trust.memory.revokedPins);
  for (const revocation of bundle.revocations) {
    const pin = await revokedPin(primitives, trust.pins, revocation);
    if (pin !== undefined) pins.add(pin);
  }
  return [...pins];
}

/** The pin of the identity behind the bundle, once all of KB-3.1 but the key has been checked. */
async function requireTrusted(
  primitives: Primitives,
  bytes: Uint8Array,
  bundle: Bundle,
  { pins, origin, protocol, memory }: BundleTrust,
  now: number,
): Promise<Pin> {
  const certificate = parseCertificate(bundle.certificate);
  const pin = await pinOf(primitives, certificate.identity);
  if (!pins.includes(pin)) throw malformed(`expected a bundle of a pinned identity, got one of ${pin}`);
  if (memory.revokedPins.includes(pin)) throw revokedError(pin);
  await requireCertificate(primitives, bundle.certificate, certificate);
  const signed = parseSignedObject("the key bundle", bytes);
  await requireSignatures(primitives, "the key bundle", certificate.delegate, signatureContexts.bundle, signed);
  requireValidAt("the delegate's certificate", certificate, now, toleratedSkewSeconds.delegate);
  requireValidAt("the key bundle", bundle, now, toleratedSkewSeconds.bundle);
  if (!bundle.origins.includes(origin)) throw malformed(`expected a bundle for ${origin}, got one for other origins`);
  if (bundle.minimumProtocol > protocol) {
    throw malformed(
      `this client speaks protocol ${protocol}, the gateway asks for ${bundle.minimumProtocol}: update it`,
    );
  }
  if (bundle.version < memory.highestVersion) {
    throw malformed(`expected bundle ${memory.highestVersion} or later, got ${bundle.version}: an old one was served`);
  }
  return pin;
}

/** The key to use: the latest among those valid now, or within the tolerated skew where none is (KB-1.6, KB-3.4). */
async function usableKey(
  primitives: Primitives,
  bundle: Bundle,
  now: number,
): Promise<{ readonly kid: Bytes; readonly publicKey: Bytes; readonly notAfter: number }> {
  const keys = bundle.keys.toSorted((one, other) => other.notBefore - one.notBefore);
  for (const skew of [0, toleratedSkewSeconds.bundle]) {
    for (const { publicKey, notAfter } of keys.filter((key) => isValidAt(key, now, skew))) {
      const kid = await kidOf(primitives, publicKey);
      if (!bundle.revokedKids.some((revoked) => equalBytes(revoked, kid))) return { kid, publicKey, notAfter };
    }
  }
  throw malformed("expected a bundle with a key that is valid now and not revoked, got none");
}
