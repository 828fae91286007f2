import {
  type CryptoKey,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
  type RemoteJWKSet,
} from "jose";
import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../gateway-error.ts";
import type { AsymmetricAlgorithm } from "./algorithms.ts";
import { checkKeys } from "./verification-keys.ts";

/** How a key set is fetched. Not configurable: the numbers only have to be sane, and these are. */
export const keySetLimits = {
  /** For the whole answer. */
  timeoutMs: 5_000,
  /** Bytes of the answer, after decompression. */
  maxBytes: 131_072,
  /** How long after a fetch an unknown `kid` causes no other. */
  cooldownMs: 30_000,
  /** How long after a failed fetch there is no other. */
  retryAfterFailureMs: 5_000,
  /** The age at which the set is fetched anew, while the one in hand goes on serving. */
  refreshAfterMs: 600_000,
  /** The age up to which the set serves when it cannot be fetched anew. */
  maxAgeMs: 3_600_000,
} as const;

/**
 * The key set of one issuer, at one configured URL (R38). Nothing in a token has a say in what is fetched: an unknown
 * `kid` causes at most one fetch in {@link keySetLimits}`.cooldownMs`, whatever the number of tokens. Each instance has
 * its own cache, so that a `kid` of one issuer never finds the key of another.
 */
export class RemoteKeys {
  readonly #algorithms: readonly AsymmetricAlgorithm[];
  readonly #clock: Clock;
  readonly #keySet: RemoteJWKSet;
  #fetchedAtMs: number | undefined;
  #failedAtMs: number | undefined;
  #refused: readonly string[] = [];

  /** @throws GatewayError invalid-options unless `url` is https, or http to a loopback address. */
  constructor(url: string, algorithms: readonly AsymmetricAlgorithm[], clock: Clock) {
    this.#algorithms = algorithms;
    this.#clock = clock;
    this.#keySet = createRemoteJWKSet(parseKeySetUrl(url), {
      timeoutDuration: keySetLimits.timeoutMs,
      cooldownDuration: keySetLimits.cooldownMs,
      cacheMaxAge: keySetLimits.maxAgeMs,
      [customFetch]: (href, init) => this.#fetch(href, init),
    });
  }

  /**
   * The one key that the header's `alg` and `kid` select.
   *
   * @throws GatewayError keys-unavailable if the set cannot be had; a jose error if no key or several are selected.
   */
  async find(header: JWSHeaderParameters, jws: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#refreshIsDue()) {
      // A failure is remembered by #fetch, and the set in hand serves on.
      this.#keySet.reload().catch(() => undefined);
    }
    try {
      return await this.#keySet(header, jws);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey && this.#refused.length > 0) {
        throw new errors.JWKSNoMatchingKey(`${error.message}; not used: ${this.#refused.join("; ")}`, { cause: error });
      }
      throw error;
    }
  }

  #refreshIsDue(): boolean {
    const now = this.#clock.monotonic();
    return (
      this.#fetchedAtMs !== undefined &&
      now - this.#fetchedAtMs >= keySetLimits.refreshAfterMs &&
      !this.#failedLately(now) &&
      !this.#keySet.reloading
    );
  }

  #failedLately(now: number): boolean {
    return this.#failedAtMs !== undefined && now - this.#failedAtMs < keySetLimits.retryAfterFailureMs;
  }

  /** Gives jose a set from which everything unusable has been taken out. */
  async #fetch(href: string, init: RequestInit): Promise<Response> {
    if (this.#failedLately(this.#clock.monotonic())) {
      throw new GatewayError("keys-unavailable", "the key set could not be fetched a moment ago");
    }
    try {
      const { usable, refused } = checkKeys(await readKeySet(await fetch(href, init)), this.#algorithms);
      this.#refused = refused;
      this.#failedAtMs = undefined;
      this.#fetchedAtMs = this.#clock.monotonic();
      return Response.json({ keys: usable });
    } catch (cause) {
      this.#failedAtMs = this.#clock.monotonic();
      throw new GatewayError("keys-unavailable", `the key set could not be fetched: ${reasonOf(cause)}`, { cause });
    }
  }
}

function parseKeySetUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) {
    return url;
  }
  throw new GatewayError(
    "invalid-options",
    `jwks.url: expected an https:// URL (http:// only to a loopback address), got ${JSON.stringify(text)}`,
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

async function readKeySet(response: Response): Promise<readonly unknown[]> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`expected status 200, got ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > keySetLimits.maxBytes) {
      throw new Error(`expected at most ${keySetLimits.maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  const set: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  if (typeof set !== "object" || set === null || !("keys" in set) || !Array.isArray(set.keys)) {
    throw new Error('expected an object with a list "keys"');
  }
  return set.keys;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return "unknown";
  }
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
