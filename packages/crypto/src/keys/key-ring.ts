import { type Bytes, equalBytes } from "../bytes.ts";
import { toHex } from "../integrity/hex.ts";
import type { Primitives } from "../primitives/primitives.ts";
import { type Bundle, parseBundle } from "./bundle.ts";
import type { OnlineKey } from "./online-key.ts";

/** Something that happened to a key; `kid` is 16 hexadecimal characters. */
export type KeyEvent =
  | { readonly event: "key-added" | "key-erased" | "key-revoked"; readonly kid: string }
  | { readonly event: "bundle-published" | "bundle-expired"; readonly version: number };

/** How a key is doing; plain JSON. */
export interface KeyFigures {
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly addedAtMs: number;
  readonly lastUsedAtMs: number | undefined;
  /** Decapsulations so far. */
  readonly uses: number;
}

/** Why a ring wants a new key; undefined when it does not. */
export type RotationReason = "time" | "use";

/** What {@link KeyRing} is given. */
export interface KeyRingOptions {
  readonly primitives: Primitives;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ask for a new key so long after the newest one was added; 24 hours by default (KB-1.6). */
  readonly rotateAfterMs?: number;
  /** Ask for a new key once one has been used so often; 2^32 by default, which X-Wing does not need but an operator may lower. */
  readonly rotateAfterUses?: number;
  readonly onEvent?: (event: KeyEvent) => void;
}

/**
 * The online keys and bundles of a gateway. A key stays as long as a bundle that names it has not expired, and goes at
 * once when its kid is revoked (KB-1.6); every unexpired bundle's hash is kept for the handshake (HS-1.6). It does not
 * make keys or bundles: whoever has the delegate does, and publishes them here.
 */
export class KeyRing {
  readonly #primitives: Primitives;
  readonly #now: () => number;
  readonly #rotateAfterMs: number;
  readonly #rotateAfterUses: number;
  readonly #onEvent: (event: KeyEvent) => void;
  readonly #keys = new Map<string, HeldKey>();
  readonly #bundles = new Map<number, HeldBundle>();

  constructor(options: KeyRingOptions) {
    this.#primitives = options.primitives;
    this.#now = options.now;
    this.#rotateAfterMs = options.rotateAfterMs ?? 24 * 3_600_000;
    this.#rotateAfterUses = options.rotateAfterUses ?? 2 ** 32;
    this.#onEvent = options.onEvent ?? (() => undefined);
  }

  /**
   * Takes over a signed bundle of this gateway's delegate and the private keys for it, which the ring disposes of. Keys it
   * has already are disposed of at once.
   *
   * @throws CryptoError `key-bundle`, as a rejection, for bytes that are no bundle
   */
  async publish(signedBundle: Bytes, keys: readonly OnlineKey[]): Promise<void> {
    const bundle = parseBundle(signedBundle);
    const hash = await this.#primitives.sha256(signedBundle);
    for (const key of keys) this.#add(key);
    this.#bundles.set(bundle.version, { bundle, hash, bytes: signedBundle.slice() });
    this.#onEvent({ event: "bundle-published", version: bundle.version });
    for (const kid of bundle.revokedKids) this.#erase(toHex(kid), "key-revoked");
    this.sweep();
  }

  /** The bundle to serve: the newest; undefined before the first. Treat it as read-only. */
  get newestBundle(): Bytes | undefined {
    const newest = Math.max(...this.#bundles.keys());
    return this.#bundles.get(newest)?.bytes;
  }

  /** The hash of an unexpired bundle; undefined for any other version (HS-1.6). */
  bundleHash(version: number): Bytes | undefined {
    this.sweep();
    return this.#bundles.get(version)?.hash;
  }

  /** The key of a kid, counted as used; undefined for one that is unknown, expired or revoked. The ring stays its owner. */
  take(kid: Uint8Array): OnlineKey | undefined {
    this.sweep();
    const held = this.#keys.get(toHex(kid));
    if (held === undefined) return undefined;
    held.uses += 1;
    held.lastUsedAtMs = this.#now();
    return held.key;
  }

  /** Whether it is time for a next key, and why. */
  rotationDue(): RotationReason | undefined {
    const held = [...this.#keys.values()];
    if (held.some(({ uses }) => uses >= this.#rotateAfterUses)) return "use";
    const newest = Math.max(...held.map(({ addedAtMs }) => addedAtMs));
    return this.#now() - newest >= this.#rotateAfterMs ? "time" : undefined;
  }

  /** Erases keys whose last bundle has expired, with those bundles. */
  sweep(): void {
    const nowSeconds = Math.floor(this.#now() / 1_000);
    for (const [version, { bundle }] of this.#bundles) {
      if (nowSeconds <= bundle.notAfter) continue;
      this.#bundles.delete(version);
      this.#onEvent({ event: "bundle-expired", version });
    }
    const named = [...this.#bundles.values()].flatMap(({ bundle }) => bundle.keys);
    for (const [kid, { key }] of this.#keys) {
      if (!named.some(({ publicKey }) => equalBytes(publicKey, key.publicKey))) this.#erase(kid, "key-erased");
    }
  }

  /** How each key is doing, oldest first. */
  figures(): readonly KeyFigures[] {
    return [...this.#keys].map(([kid, { addedAtMs, lastUsedAtMs, uses }]) => ({ kid, addedAtMs, lastUsedAtMs, uses }));
  }

  /** Disposes of every key. */
  dispose(): void {
    for (const { key } of this.#keys.values()) key.privateKey.dispose();
    this.#keys.clear();
    this.#bundles.clear();
  }

  #add(key: OnlineKey): void {
    const kid = toHex(key.kid);
    if (this.#keys.has(kid)) {
      key.privateKey.dispose();
      return;
    }
    this.#keys.set(kid, { key, addedAtMs: this.#now(), lastUsedAtMs: undefined, uses: 0 });
    this.#onEvent({ event: "key-added", kid });
  }

  #erase(kid: string, event: "key-erased" | "key-revoked"): void {
    const held = this.#keys.get(kid);
    if (held === undefined) return;
    held.key.privateKey.dispose();
    this.#keys.delete(kid);
    this.#onEvent({ event, kid });
  }
}

interface HeldKey {
  readonly key: OnlineKey;
  readonly addedAtMs: number;
  lastUsedAtMs: number | undefined;
  uses: number;
}

interface HeldBundle {
  readonly bundle: Bundle;
  readonly hash: Bytes;
  readonly bytes: Bytes;
}
