import { type ReadonlySignal, signal } from "@preact/signals";
import type { ClientState, Security } from "@wardwire/client";
import type { ChatClient } from "./chat-client.ts";

/** How the connection is, for those who show it. */
export interface ConnectionView {
  readonly state: ReadonlySignal<ClientState>;
  /** What protects the connection, or protected the last one; `undefined` before the first. */
  readonly security: ReadonlySignal<Security | undefined>;
  /** Whole seconds until the next attempt, counting down; 0 outside of the phase `waiting`. */
  readonly secondsLeft: ReadonlySignal<number>;
  /** Makes the next attempt at once. */
  tryNow(): void;
  /** Stops counting. */
  stop(): void;
}

/** Follows a client's state. The countdown goes by the clock, so that it is right after a sleep too. */
export function followConnection(client: FollowedClient): ConnectionView {
  const state = signal(client.state);
  const security = signal(client.security);
  const secondsLeft = signal(0);
  const ended = new AbortController();
  let timer: ReturnType<typeof setInterval> | undefined;
  const count = (): void => {
    secondsLeft.value = secondsUntilRetry(state.value, Date.now());
  };
  const follow = (next: ClientState): void => {
    state.value = next;
    security.value = client.security ?? security.value;
    clearInterval(timer);
    count();
    if (next.phase === "waiting") timer = setInterval(count, tickMs);
  };
  client.addEventListener("state", ({ detail }) => follow(detail), { signal: ended.signal });
  const renew = ({ detail }: CustomEvent<Security>): void => {
    security.value = detail;
  };
  client.addEventListener("security", renew, { signal: ended.signal });
  follow(client.state);
  return {
    state,
    security,
    secondsLeft,
    tryNow: () => client.retry(),
    stop: () => {
      ended.abort();
      clearInterval(timer);
    },
  };
}

type FollowedClient = Pick<ChatClient, "state" | "security" | "addEventListener" | "retry">;

/** Whole seconds until the next attempt, rounded up; 0 when none is planned or it is due. */
export function secondsUntilRetry(state: ClientState, nowMs: number): number {
  return state.phase === "waiting" ? Math.max(0, Math.ceil((state.retryAt - nowMs) / 1_000)) : 0;
}

/** Shorter than a second, so that no second is skipped. */
const tickMs = 250;
