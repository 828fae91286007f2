import { createHash, randomBytes } from "node:crypto";
import type { Identity } from "../auth/identity.ts";
import type { Clock } from "../clock.ts";

/** A ticket as the page is given it. */
export interface IssuedTicket {
  /** 128 random bits in base64url. */
  readonly ticket: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Why a ticket is not taken; for the log, the peer is told `token-invalid` whatever it is (R45). */
export type TicketRefusal = "unknown" | "used-before" | "expired" | "other-origin";

/** What a ticket was good for, or why it was good for nothing. */
export type Redeemed =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly reason: TicketRefusal; readonly user?: string };

/** Milliseconds a ticket is good for. */
export const ticketLifeMs = 30_000;

/** So many are remembered, used ones included, and so many of one user; past the first none is issued. */
export const maxTickets = 10_000;
export const maxTicketsPerUser = 32;

interface Entry {
  readonly user: string;
  readonly origin: string;
  readonly endsAtMs: number;
  /** Gone once it has been used. */
  identity: Identity | undefined;
}

/**
 * Tickets: each good once, for 30 s, for one user from pages of one origin (R41). Only hashes of them are kept, so that
 * what reads this memory cannot connect. Used ones are remembered for a while, to tell a replay from nonsense.
 */
export class TicketStore {
  readonly #clock: Clock;
  /** By hash, in the order of issue, which is that of expiry. */
  readonly #entries = new Map<string, Entry>();
  readonly #perUser = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tickets remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** A ticket for this identity and origin; undefined when there is no room for one more, of this user or in all. */
  issue(identity: Identity, origin: string): IssuedTicket | undefined {
    this.#forgetOld();
    const user = identity.userId;
    const ofUser = this.#perUser.get(user) ?? 0;
    if (this.#entries.size >= maxTickets || ofUser >= maxTicketsPerUser) return undefined;
    const ticket = randomBytes(16).toString("base64url");
    const endsAtMs = this.#clock.monotonic() + ticketLifeMs;
    this.#entries.set(hash(ticket), { user, origin, endsAtMs, identity });
    this.#perUser.set(user, ofUser + 1);
    return { ticket, expiresAt: this.#clock.now() + ticketLifeMs };
  }

  /** Uses a ticket up, whether or not it is good: one that was shown at a wrong place may have been stolen. */
  redeem(ticket: string, origin: string | undefined): Redeemed {
    const entry = this.#entries.get(hash(ticket));
    if (entry === undefined) return { ok: false, reason: "unknown" };
    const { user, identity } = entry;
    if (identity === undefined) return { ok: false, reason: "used-before", user };
    entry.identity = undefined;
    if (this.#clock.monotonic() >= entry.endsAtMs) return { ok: false, reason: "expired", user };
    if (origin !== entry.origin) return { ok: false, reason: "other-origin", user };
    return { ok: true, identity };
  }

  /** Tickets are remembered for twice their life. */
  #forgetOld(): void {
    const nowMs = this.#clock.monotonic();
    for (const [key, { user, endsAtMs }] of this.#entries) {
      if (endsAtMs + ticketLifeMs > nowMs) return;
      this.#entries.delete(key);
      const left = (this.#perUser.get(user) ?? 1) - 1;
      if (left === 0) this.#perUser.delete(user);
      else this.#perUser.set(user, left);
    }
  }
}

function hash(ticket: string): string {
  return createHash("sha256").update(ticket).digest("base64");
}
