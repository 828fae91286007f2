import type { Bytes } from "@wardwire/crypto/bytes";
import { type Bundle, issueBundle } from "@wardwire/crypto/keys/bundle";
import { issueCertificate } from "@wardwire/crypto/keys/certificate";
import { KeyRing } from "@wardwire/crypto/keys/key-ring";
import { generateOnlineKeyContent, importOnlineKey, type OnlineKey } from "@wardwire/crypto/keys/online-key";
import { type Pin, pinOf } from "@wardwire/crypto/keys/pin";
import { importSigningKey, type SigningKey } from "@wardwire/crypto/keys/signing-key";
import type { Validity } from "@wardwire/crypto/keys/validity";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";

const hour = 3_600;
const day = 24 * hour;

/** The signing key whose seeds consist of one byte; read-only, and dear to make. */
function signingKey(byte: number): Promise<SigningKey> {
  return importSigningKey(nodePrimitives, SecretBytes.take(new Uint8Array(64).fill(byte)));
}

/** The identities of these tests, whose delegates may be anything. */
export const identities = {
  current: await signingKey(1),
  next: await signingKey(2),
  stranger: await signingKey(4),
};

const delegate = await signingKey(3);

/** The pins of {@link identities}. */
export const pins: { readonly [I in keyof typeof identities]: Pin } = {
  current: await pinOf(nodePrimitives, identities.current.publicKey),
  next: await pinOf(nodePrimitives, identities.next.publicKey),
  stranger: await pinOf(nodePrimitives, identities.stranger.publicKey),
};

/** How a bundle differs from one that is good. */
export interface BundleChanges extends Partial<Bundle> {
  readonly identity?: SigningKey;
  /** Of the delegate's certificate; 90 days around now when left out. */
  readonly delegateValidity?: Validity;
}

/** The keys of one gateway, `https://chat.example`, by a clock. */
export class ServerKeys {
  readonly ring: KeyRing;
  /** What is served, the newest bundle unless a test puts something else here. */
  served: Uint8Array = new Uint8Array(0);
  readonly #now: () => number;
  #version = 0;

  /** @param now ms since 1970 */
  constructor(now: () => number) {
    this.#now = now;
    this.ring = new KeyRing({ primitives: nodePrimitives, now });
  }

  /** Publishes a bundle with a fresh online key that is good for three days; serves it. */
  async publish(changes: BundleChanges = {}): Promise<Bytes> {
    const { signed, key } = await this.issue(changes);
    await this.ring.publish(signed, [key]);
    this.served = signed;
    return signed;
  }

  /** A signed bundle that the gateway itself knows nothing of. */
  async issue({ identity = identities.current, delegateValidity, ...changes }: BundleChanges = {}): Promise<{
    readonly signed: Bytes;
    readonly key: OnlineKey;
  }> {
    const now = Math.floor(this.#now() / 1_000);
    const validity = { notBefore: now - hour, notAfter: now + 71 * hour };
    const key = await importOnlineKey(nodePrimitives, generateOnlineKeyContent(validity));
    this.#version += 1;
    const certified = delegateValidity ?? { notBefore: now - 2 * day, notAfter: now + 80 * day };
    const signed = await issueBundle(delegate, {
      version: this.#version,
      ...validity,
      origins: ["https://chat.example"],
      minimumProtocol: 1,
      keys: [{ publicKey: key.publicKey, ...validity }],
      revokedKids: [],
      certificate: await issueCertificate(identity, delegate.publicKey, certified),
      revocations: [],
      ...changes,
    });
    return { signed, key };
  }
}
