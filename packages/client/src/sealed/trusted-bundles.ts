import { protocolVersion } from "@wardwire/crypto/handshake/first-message";
import { bundlePath, maxBundleBytes } from "@wardwire/crypto/keys/bundle";
import {
  type BundleMemory,
  checkBundle,
  emptyBundleMemory,
  type TrustedBundle,
  withFloor,
} from "@wardwire/crypto/keys/bundle-check";
import type { Pin } from "@wardwire/crypto/keys/pin";
import type { Primitives } from "@wardwire/crypto/primitives";
import { ClientError, suffixOf } from "../client-error.ts";
import type { Clock } from "../platform/clock.ts";
import type { SocketFactory } from "../socket/socket.ts";
import type { BundleStore } from "./bundle-store.ts";
import { memoryOf, mergedMemory, withMemory } from "./remembered-bundles.ts";

/** What {@link TrustedBundles} are made from. */
export interface TrustedBundlesSettings {
  readonly primitives: Primitives;
  /** Where the client connects to, such as `https://chat.example`. */
  readonly origin: string;
  readonly pins: readonly Pin[];
  readonly fetchBytes: NonNullable<SocketFactory["fetchBytes"]>;
  readonly store: BundleStore | undefined;
  readonly clock: Clock;
  /** How long fetching may take. */
  readonly timeoutMs: number;
}

/** A bundle that may be used, and the pin of the identity behind it. */
export interface PinnedBundle {
  readonly bundle: TrustedBundle;
  readonly pin: Pin;
}

/** The bundles of one gateway: fetched when they are needed, checked (KB-3), and what was seen of them remembered. */
export class TrustedBundles {
  readonly #settings: TrustedBundlesSettings;
  #latest: PinnedBundle | undefined;
  #memory: BundleMemory = emptyBundleMemory;
  /** Reading and writing of the store, one after the other. */
  #stored: Promise<unknown> | undefined;

  constructor(settings: TrustedBundlesSettings) {
    this.#settings = settings;
  }

  /**
   * A bundle for a handshake now: the one at hand, unless its time is over.
   *
   * @throws as {@link fetch}
   */
  async get(signal: AbortSignal): Promise<PinnedBundle> {
    const latest = this.#latest;
    const nowMs = Math.max(this.#settings.clock.now(), this.#memory.floorMs);
    if (latest !== undefined && nowMs <= latest.bundle.notAfter * 1_000) return latest;
    return await this.fetch(signal);
  }

  /**
   * The bundle that is served now.
   *
   * @throws ClientError `unreachable` when none can be had, `key-bundle` when the store fails, what `fetchBytes` knows
   *   better, as rejections
   * @throws CryptoError `clock`, `key-bundle`, as rejections
   */
  async fetch(signal: AbortSignal): Promise<PinnedBundle> {
    await this.#remember(this.#memory);
    const { primitives, origin, pins, clock } = this.#settings;
    const bytes = await this.#fetchBytes(signal);
    const trust = { pins, origin, protocol: protocolVersion, memory: this.#memory, nowMs: clock.now() };
    const verdict = await checkBundle(primitives, bytes, trust);
    await this.#remember(verdict.memory);
    if ("refused" in verdict) throw verdict.refused;
    this.#latest = verdict;
    return verdict;
  }

  /** The gateway has told its time inside an authenticated handshake, in ms since 1970 (HS-1.8). */
  async sawTime(serverTimeMs: number): Promise<void> {
    await this.#remember(withFloor(this.#memory, serverTimeMs));
  }

  async #fetchBytes(signal: AbortSignal): Promise<Uint8Array> {
    const { fetchBytes, origin, clock, timeoutMs } = this.#settings;
    const late = new AbortController();
    const stop = clock.after(timeoutMs, () => late.abort(new Error(`no answer within ${timeoutMs} ms`)));
    try {
      const options = { signal: AbortSignal.any([signal, late.signal]), maxBytes: maxBundleBytes };
      return await fetchBytes(`${origin}${bundlePath}`, options);
    } catch (cause) {
      if (cause instanceof ClientError) throw cause;
      throw new ClientError("unreachable", `the key bundle could not be fetched${suffixOf(cause)}`, { cause });
    } finally {
      stop();
    }
  }

  /** Takes in what the store has, which another tab may have written, and writes what is known now. */
  #remember(memory: BundleMemory): Promise<void> {
    this.#memory = mergedMemory(this.#memory, memory);
    const remembering = (this.#stored ?? Promise.resolve()).then(() => this.#store());
    this.#stored = remembering.catch(() => undefined);
    return remembering;
  }

  async #store(): Promise<void> {
    const { store, origin } = this.#settings;
    if (store === undefined) return;
    try {
      const text = await store.load();
      this.#memory = mergedMemory(this.#memory, memoryOf(text, origin));
      const next = withMemory(text, origin, this.#memory);
      if (next !== text) await store.save(next);
    } catch (cause) {
      throw new ClientError("key-bundle", `the bundle store failed${suffixOf(cause)}`, { cause });
    }
  }
}
