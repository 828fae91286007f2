import type { Bytes } from "@wardwire/crypto/bytes";
import { type HistoryKek, historyKek } from "@wardwire/crypto/history/history-keys";
import { type Bundle, issueBundle, parseBundle } from "@wardwire/crypto/keys/bundle";
import { checkBundle, emptyBundleMemory, type TrustedBundle } from "@wardwire/crypto/keys/bundle-check";
import { issueCertificate } from "@wardwire/crypto/keys/certificate";
import { KeyRing } from "@wardwire/crypto/keys/key-ring";
import { generateOnlineKeyContent, importOnlineKey } from "@wardwire/crypto/keys/online-key";
import { type Pin, pinOf } from "@wardwire/crypto/keys/pin";
import { importSigningKey, type SigningKey } from "@wardwire/crypto/keys/signing-key";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { Clock } from "../../src/clock.ts";
import type { RunningKeys, ServerKeys } from "../../src/server-keys/server-keys.ts";

/** Server keys in memory, of which a test publishes every bundle itself. */
export interface TestServerKeys extends ServerKeys {
  readonly ring: KeyRing;
  /** The newest bundle as a client that has the pin trusts it. */
  readonly trusted: TrustedBundle;
  /** What `start` was given; undefined before it and after `close`. */
  readonly running: RunningKeys | undefined;
  /** Publishes the next bundle, with a fresh online key; those before it are good until they expire. */
  publish(changes?: Partial<Bundle>): Promise<TrustedBundle>;
}

const hour = 3_600;
const origin = "https://chat.example";

/** Keys of `https://chat.example`, with one bundle that is good for three days from now on. */
export async function testServerKeys(clock: Clock): Promise<TestServerKeys> {
  const keys = new MemoryKeys(clock, await delegation(clock));
  await keys.publish();
  return keys;
}

interface Delegation {
  readonly delegate: SigningKey;
  readonly certificate: Bytes;
  readonly pin: Pin;
}

/** Read-only, and dear to make. */
const signingKeys = Promise.all([1, 2].map((byte) => signingKey(byte)));

/** The signing key whose seeds consist of one byte: 1 is the identity of {@link testServerKeys}, 2 its delegate. */
export function signingKey(byte: number): Promise<SigningKey> {
  return importSigningKey(nodePrimitives, SecretBytes.take(new Uint8Array(64).fill(byte)));
}

async function delegation(clock: Clock): Promise<Delegation> {
  const [identity, delegate] = (await signingKeys) as [SigningKey, SigningKey];
  const now = secondsOf(clock);
  const validity = { notBefore: now - hour, notAfter: now + 89 * 24 * hour };
  const certificate = await issueCertificate(identity, delegate.publicKey, validity);
  return { delegate, certificate, pin: await pinOf(nodePrimitives, identity.publicKey) };
}

class MemoryKeys implements TestServerKeys {
  readonly ring: KeyRing;
  readonly pins: readonly Pin[];
  readonly history: { readonly current: HistoryKek; of(id: Uint8Array): HistoryKek | undefined };
  readonly #clock: Clock;
  readonly #delegation: Delegation;
  #version = 0;
  #trusted: TrustedBundle | undefined;
  #running: RunningKeys | undefined;

  constructor(clock: Clock, delegation: Delegation) {
    this.#clock = clock;
    this.#delegation = delegation;
    this.ring = new KeyRing({
      primitives: nodePrimitives,
      now: () => clock.now(),
      onEvent: (event) => this.#running?.onEvent(event),
    });
    this.pins = [delegation.pin];
    const current = historyKek(nodePrimitives, SecretBytes.random(32));
    this.history = { current, of: (id) => (Buffer.compare(id, current.id) === 0 ? current : undefined) };
  }

  get bundle(): Bytes {
    return this.ring.newestBundle ?? new Uint8Array(0);
  }

  get origins(): readonly string[] {
    return parseBundle(this.bundle).origins;
  }

  get trusted(): TrustedBundle {
    return this.#trusted as TrustedBundle;
  }

  get running(): RunningKeys | undefined {
    return this.#running;
  }

  async publish(changes: Partial<Bundle> = {}): Promise<TrustedBundle> {
    const now = secondsOf(this.#clock);
    const validity = { notBefore: now - hour, notAfter: now + 71 * hour };
    const key = await importOnlineKey(nodePrimitives, generateOnlineKeyContent(validity));
    this.#version += 1;
    const bundle: Bundle = {
      version: this.#version,
      ...validity,
      origins: [origin],
      minimumProtocol: 1,
      keys: [{ publicKey: key.publicKey, ...validity }],
      revokedKids: [],
      certificate: this.#delegation.certificate,
      revocations: [],
      ...changes,
    };
    const signed = await issueBundle(this.#delegation.delegate, bundle);
    await this.ring.publish(signed, [key]);
    const trust = { pins: this.pins, origin: bundle.origins[0] ?? origin, protocol: 1, memory: emptyBundleMemory };
    const verdict = await checkBundle(nodePrimitives, signed, { ...trust, nowMs: this.#clock.now() });
    if ("refused" in verdict) throw verdict.refused;
    this.#trusted = verdict.bundle;
    return verdict.bundle;
  }

  start(running: RunningKeys): void {
    this.#running = running;
  }

  close(): void {
    this.#running = undefined;
    this.ring.dispose();
    this.history.current.secret.dispose();
  }
}

function secondsOf(clock: Clock): number {
  return Math.floor(clock.now() / 1_000);
}
