import { ClientError, suffixOf } from "../client-error.ts";
import { abortable } from "../connection/abortable.ts";
import type { Clock } from "../platform/clock.ts";

/**
 * Where tokens come from: one that never changes, or a function that gives the current one. The signal is aborted when
 * the token is no longer wanted.
 */
export type TokenInput = string | TokenFunction;

/** Gives the current token, or a ticket. */
export type TokenFunction = (context: { readonly signal: AbortSignal }) => string | Promise<string>;

/** How long token() may take, in ms. */
export const tokenTimeoutMs = 30_000;

/** Holds the token of the current identity in memory, and fetches a new one when the old one has served. */
export class TokenSource {
  readonly #clock: Clock;
  /** Whether what it gives is good for one connection only. */
  isTicket: boolean;
  #input: TokenInput | undefined;
  #current: string | undefined;
  #refused: string | undefined;

  constructor(input: TokenInput, clock: Clock, isTicket: boolean) {
    this.#input = input;
    this.isTicket = isTicket;
    this.#clock = clock;
  }

  /** Whether a new token can be had: whether the source is a function. */
  get canRefresh(): boolean {
    return typeof this.#input === "function";
  }

  /** A new identity, a renewed token, or none any more; what was known of the old one is forgotten. */
  replace(input: TokenInput | undefined): void {
    this.#input = input;
    this.isTicket = false;
    this.#current = undefined;
    this.#refused = undefined;
  }

  /** The gateway refused the current token: the same one is never sent again. */
  markRefused(): void {
    this.#refused = this.#current;
    this.#current = undefined;
  }

  /**
   * The token to use.
   *
   * @param fresh Asks the source even when a token is at hand.
   * @throws ClientError `token-unavailable` when token() fails or takes longer than {@link tokenTimeoutMs},
   *   `invalid-token`, `token-refused` when it gives the refused token again
   */
  async get(fresh: boolean, signal: AbortSignal): Promise<string> {
    if (!fresh && !this.isTicket && this.#current !== undefined) return this.#current;
    const input = this.#input;
    const token = typeof input === "function" ? await this.#fetch(input, signal) : input;
    if (input !== this.#input) throw new ClientError("token-unavailable", "another token was set");
    checkToken(token);
    if (token === this.#refused) {
      throw new ClientError("token-refused", "the gateway has refused this token; sign in again");
    }
    this.#current = token;
    return token;
  }

  async #fetch(input: TokenFunction, signal: AbortSignal): Promise<string> {
    const late = new AbortController();
    const stop = this.#clock.after(tokenTimeoutMs, () =>
      late.abort(new Error(`no answer within ${tokenTimeoutMs} ms`)),
    );
    try {
      return await abortable(Promise.resolve(input({ signal })), late.signal);
    } catch (cause) {
      throw new ClientError("token-unavailable", `no token${suffixOf(cause)}`, { cause });
    } finally {
      stop();
    }
  }
}

function checkToken(token: unknown): asserts token is string {
  if (typeof token === "string" && /^[\x21-\x7e]{1,8192}$/.test(token)) return;
  throw new ClientError("invalid-token", "expected a token of 1 to 8192 visible ASCII characters");
}
