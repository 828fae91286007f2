import { backoff, retryDelayMs } from "./backoff.ts";
import type { ClientError } from "./client-error.ts";
import type { Loss } from "./connection/loss.ts";

/** What a client is doing, by `phase`; each phase has exactly its data. Times are ms since 1970. */
export type ClientState =
  | { readonly phase: "connecting"; readonly attempt: number }
  | ({ readonly phase: "connected" } & Session)
  | {
      readonly phase: "waiting";
      /** The number the next attempt will have. */
      readonly attempt: number;
      readonly retryInMs: number;
      readonly retryAt: number;
      readonly reason: ClientError;
    }
  | { readonly phase: "offline" }
  | { readonly phase: "closed"; readonly reason: ClientError };

/** Who the gateway says this is. */
export interface Session {
  readonly connection: string;
  readonly user: string;
  readonly device: string;
  /** When the token expires, by the gateway's clock. */
  readonly expiresAt: number;
}

/** The state with what reconnecting has to remember across phases. */
export interface Machine {
  readonly state: ClientState;
  /** Attempts and connections lost since the last stable connection. */
  readonly failures: number;
  /** Whether a token was fetched anew since the last stable connection. */
  readonly refreshed: boolean;
  /** Whether the next attempt needs a new token. */
  readonly needsToken: boolean;
  readonly online: boolean;
}

/** What the machine reacts to. */
export type ClientEvent =
  | { readonly type: "start" }
  | ({ readonly type: "connected" } & Session)
  | { readonly type: "renewed"; readonly expiresAt: number }
  | { readonly type: "stable" }
  | { readonly type: "lost"; readonly loss: Loss }
  | { readonly type: "retry" }
  | { readonly type: "network"; readonly online: boolean }
  | { readonly type: "identity" }
  | { readonly type: "end"; readonly reason: ClientError };

/** What the driver has to do, in order. */
export type ClientEffect =
  /** Drop the socket there is, if any. */
  | { readonly type: "drop" }
  /** Get a token, a new one when `fresh`, and open a socket. */
  | { readonly type: "attempt"; readonly fresh: boolean }
  /** Give the event `fires` after `delayMs`. Every change of phase stops the timer before. */
  | { readonly type: "timer"; readonly delayMs: number; readonly fires: "retry" | "stable" };

/** What steps depend on besides state and event. */
export interface Policy {
  /** Whether to come back after a loss. */
  readonly reconnect: boolean;
  /** Whether a new token can be had. */
  readonly canRefresh: boolean;
  readonly now: number;
  readonly random: () => number;
}

/** What a step gives. */
export interface Step {
  readonly machine: Machine;
  readonly effects: readonly ClientEffect[];
}

/** The machine before `start`. */
export function initialMachine(online: boolean): Machine {
  return { state: { phase: "offline" }, failures: 0, refreshed: false, needsToken: true, online };
}

/**
 * One step of the connection's life. Pure: everything that happens is in the effects. Events that make no sense in a
 * phase, such as a timer that fired too late, change nothing. `closed` is final.
 */
export function step(machine: Machine, event: ClientEvent, policy: Policy): Step {
  const { state } = machine;
  if (state.phase === "closed") return to(machine);
  switch (event.type) {
    case "start":
    case "retry":
      return isDue(machine) ? attempt(machine) : to(machine);
    case "connected":
      return state.phase === "connecting" ? connected(machine, event) : to(machine);
    case "renewed":
      return to(
        state.phase === "connected" ? { ...machine, state: { ...state, expiresAt: event.expiresAt } } : machine,
      );
    case "stable":
      return to({ ...machine, failures: 0, refreshed: false });
    case "lost":
      return lost(machine, event.loss, policy);
    case "network":
      return network({ ...machine, online: event.online }, policy);
    case "identity":
      return identityChanged({ ...machine, refreshed: false, needsToken: true });
    case "end":
      return end(machine, event.reason);
    default:
      return event satisfies never;
  }
}

function to(machine: Machine, ...effects: readonly ClientEffect[]): Step {
  return { machine, effects };
}

const drop: ClientEffect = { type: "drop" };

/** Before the start the phase is `offline` too, and coming back online starts a timer in it. */
function isDue({ state, online }: Machine): boolean {
  return state.phase === "waiting" || (state.phase === "offline" && online);
}

/** @param before What to do first. */
function attempt(machine: Machine, ...before: readonly ClientEffect[]): Step {
  const state = { phase: "connecting", attempt: machine.failures + 1 } as const;
  return to({ ...machine, state }, ...before, { type: "attempt", fresh: machine.needsToken });
}

function connected(machine: Machine, { connection, user, device, expiresAt }: Session): Step {
  const state = { phase: "connected", connection, user, device, expiresAt } as const;
  const timer = { type: "timer", delayMs: backoff.stableMs, fires: "stable" } as const;
  return to({ ...machine, needsToken: false, state }, timer);
}

/** After a loss: the end, another attempt at once with a fresh token, or a wait (R60). */
function lost(before: Machine, { advice, error, refreshOnce }: Loss, policy: Policy): Step {
  const { phase } = before.state;
  if (phase !== "connecting" && phase !== "connected") return to(before);
  const { refreshed } = before;
  const machine = { ...before, failures: before.failures + 1 };
  if (advice === "never" || !policy.reconnect) return end(before, error);
  if (advice === "backoff") return wait(machine, error, policy);
  if (refreshed && refreshOnce === true) return end(before, error);
  if (!policy.canRefresh) {
    // A token that was refused and cannot change stays refused; running out of time may not happen again.
    return error.code === "token-refused" ? end(before, error) : wait(machine, error, policy);
  }
  const refreshing = { ...machine, refreshed: true, needsToken: true };
  return refreshed ? wait(refreshing, error, policy) : attempt(refreshing, drop);
}

function wait(machine: Machine, reason: ClientError, { random, now }: Policy): Step {
  const retryInMs = retryDelayMs(machine.failures, random, reason.retryAfterMs);
  const state = {
    phase: "waiting",
    attempt: machine.failures + 1,
    retryInMs,
    retryAt: now + retryInMs,
    reason,
  } as const;
  return to({ ...machine, state }, drop, { type: "timer", delayMs: retryInMs, fires: "retry" });
}

/** Without a network no attempt is made; with it again the first one comes soon, jittered like a first failure's. */
function network(machine: Machine, { random }: Policy): Step {
  const isOffline = machine.state.phase === "offline";
  if (machine.online === !isOffline) return to(machine);
  if (!machine.online) return to({ ...machine, state: { phase: "offline" } }, drop);
  return to(machine, { type: "timer", delayMs: retryDelayMs(1, random), fires: "retry" });
}

/** The token belongs to somebody else now: whatever was under way for the old one is dropped. */
function identityChanged(machine: Machine): Step {
  return machine.state.phase === "offline" ? to(machine) : attempt(machine, drop);
}

function end(machine: Machine, reason: ClientError): Step {
  return to({ ...machine, state: { phase: "closed", reason } }, drop);
}
