import { type Bytes, equalBytes } from "../bytes.ts";
import { signatureContexts } from "../labels.ts";
import type { Primitives } from "../primitives/primitives.ts";
import { xWingBytes } from "../primitives/x-wing.ts";
import { decodeCanonical, encodeCanonical, malformed } from "./canonical-cbor.ts";
import { bytesOf, fieldsOf } from "./fields.ts";
import { parseSignedObject, type SigningKey } from "./signing-key.ts";
import { maxLifetimeSeconds, readValidity, type Validity } from "./validity.ts";

/** Where a gateway serves its bundle (KB-1.5). */
export const bundlePath = "/.well-known/wardwire-keys";

/** A client stops reading beyond this (KB-1.5). */
export const maxBundleBytes = 65_536;

/** Online keys in one bundle, at most. */
export const maxPublishedKeys = 8;

/** Bytes of a kid: the beginning of the SHA-256 of an online key. */
export const kidBytes = 8;

/** What a delegate publishes (KB-1). */
export interface Bundle extends Validity {
  /** Higher in each bundle than in the one before. */
  readonly version: number;
  /** The origins it is good for, such as `https://chat.example`. */
  readonly origins: readonly string[];
  readonly minimumProtocol: number;
  readonly keys: readonly PublishedKey[];
  readonly revokedKids: readonly Bytes[];
  /** The signed certificate of the delegate. */
  readonly certificate: Bytes;
  /** Signed revocations of identities. */
  readonly revocations: readonly Bytes[];
}

/** An online key as a bundle names it. */
export interface PublishedKey extends Validity {
  readonly publicKey: Bytes;
}

/** The kid of an online key. */
export async function kidOf(primitives: Primitives, publicKey: Uint8Array): Promise<Bytes> {
  return (await primitives.sha256(publicKey)).slice(0, kidBytes);
}

/**
 * Signs a bundle; origins and revoked kids are put in order here.
 *
 * @throws CryptoError `key-bundle`, as a rejection, for what no client would take
 */
export async function issueBundle(delegate: SigningKey, bundle: Bundle): Promise<Bytes> {
  const payload = encodeCanonical(
    new Map<number, Parameters<typeof encodeCanonical>[0]>([
      [1, format],
      [2, bundle.version],
      [3, bundle.notBefore],
      [4, bundle.notAfter],
      [5, bundle.origins.toSorted()],
      [6, bundle.minimumProtocol],
      [7, bundle.keys.map(publishedKeyMap)],
      [8, bundle.revokedKids.toSorted(compareBytes)],
      [9, bundle.certificate],
      ...(bundle.revocations.length === 0 ? [] : [[10, bundle.revocations] as const]),
    ]),
  );
  parsePayload(payload);
  const signed = await delegate.sign(signatureContexts.bundle, payload);
  if (signed.length > maxBundleBytes) throw tooLarge(signed.length);
  return signed;
}

/**
 * Reads a bundle without believing it; `checkBundle` does the rest.
 *
 * @throws CryptoError `key-bundle`
 */
export function parseBundle(bytes: Uint8Array): Bundle {
  if (bytes.length > maxBundleBytes) throw tooLarge(bytes.length);
  return parsePayload(parseSignedObject(what, bytes).payload);
}

const what = "the key bundle";
const format = 1;
const xWing = 0x647a;

function parsePayload(payload: Bytes): Bundle {
  const fields = fieldsOf(what, decodeCanonical(what, payload), [1, 2, 3, 4, 5, 6, 7, 8, 9], [10]);
  fields.integer(1, format, format);
  const origins = fields.list(5, 1, 16, readOrigin);
  const revokedKids = fields.list(8, 0, 64, readKid);
  if (!isAscending(origins, (one, other) => (one < other ? -1 : 1))) throw notAscending("origins");
  if (!isAscending(revokedKids, compareBytes)) throw notAscending("revoked kids");
  return {
    version: fields.integer(2, 1),
    ...readValidity(what, fields, 3, maxLifetimeSeconds.bundle),
    origins,
    minimumProtocol: fields.integer(6, 1),
    keys: fields.list(7, 1, maxPublishedKeys, readPublishedKey),
    revokedKids,
    certificate: fields.bytes(9, { mostBytes: maxBundleBytes }),
    revocations: fields.has(10) ? fields.list(10, 1, 2, (each, name) => bytesOf(name, each)) : [],
  };
}

function readPublishedKey(value: unknown): PublishedKey {
  const name = "a key of the bundle";
  const fields = fieldsOf(name, value, [1, 2, 3, 4]);
  fields.integer(1, xWing, xWing);
  const publicKey = fields.bytes(2, { length: xWingBytes.publicKey });
  return { publicKey, ...readValidity(name, fields, 3, Number.MAX_SAFE_INTEGER) };
}

function publishedKeyMap({ publicKey, notBefore, notAfter }: PublishedKey): ReadonlyMap<number, number | Uint8Array> {
  return new Map<number, number | Uint8Array>([
    [1, xWing],
    [2, publicKey],
    [3, notBefore],
    [4, notAfter],
  ]);
}

function readOrigin(value: unknown): string {
  if (typeof value === "string" && /^[\x21-\x7e]{1,255}$/.test(value)) return value;
  throw malformed(`${what}: expected an origin of 1 to 255 visible ASCII characters`);
}

function readKid(value: unknown): Bytes {
  const kid = bytesOf(what, value);
  if (kid.length === kidBytes) return kid;
  throw malformed(`${what}: expected a kid of ${kidBytes} bytes, got ${kid.length}`);
}

function isAscending<Element>(list: readonly Element[], compare: (one: Element, other: Element) => number): boolean {
  return list.every((element, index) => index === 0 || compare(list[index - 1] as Element, element) < 0);
}

/** -1, 0 or 1; both have the same length. */
function compareBytes(one: Uint8Array, other: Uint8Array): number {
  if (equalBytes(one, other)) return 0;
  const at = one.findIndex((byte, index) => byte !== other[index]);
  return (one[at] as number) < (other[at] as number) ? -1 : 1;
}

function notAscending(field: string): Error {
  return malformed(`${what}: expected ${field} in ascending order, none twice`);
}

function tooLarge(length: number): Error {
  return malformed(`${what}: expected at most ${maxBundleBytes} bytes, got ${length}`);
}
