import type { ClientState } from "@wardwire/client";
import { sentenceFor } from "./words.ts";

/** The connection in words. */
export interface ConnectionWords {
  /** `calm` while all is well or on its way, `waiting` while it comes back by itself, `ended` when a person must act. */
  readonly tone: "calm" | "waiting" | "ended";
  /** What is; it changes only when something happens, so it can be read out. */
  readonly now: string;
  /** What happens next; it may count down. */
  readonly next: string;
  /** What a person can do: hurry what will happen by itself, or make happen what will not. */
  readonly remedy?: "try-now" | "connect-again" | "sign-in-again";
}

/** @param secondsLeft Until the next attempt, in the phase `waiting`. */
export function connectionWords(state: ClientState, secondsLeft: number): ConnectionWords {
  switch (state.phase) {
    case "connecting":
      return state.attempt === 1
        ? { tone: "calm", now: "Connecting…", next: "" }
        : { tone: "waiting", now: "Connecting again…", next: `attempt ${state.attempt}` };
    case "connected":
      return { tone: "calm", now: `Connected as ${state.user}`, next: "" };
    case "waiting":
      return {
        tone: "waiting",
        now: sentenceFor(state.reason),
        next: secondsLeft > 0 ? `Back in ${secondsLeft} s` : "Trying now",
        remedy: "try-now",
      };
    case "offline":
      return { tone: "waiting", now: "Offline: waiting for the network.", next: "You will be back by yourself" };
    case "closed":
      return closedWords(state.reason);
    default:
      return state satisfies never;
  }
}

type Closed = Extract<ClientState, { readonly phase: "closed" }>;

function closedWords(reason: Closed["reason"]): ConnectionWords {
  const isPersonRefused = reason.closeCode === 4403 || reason.code === "token-refused";
  return {
    tone: "ended",
    now: sentenceFor(reason),
    next: "",
    remedy: isPersonRefused ? "sign-in-again" : "connect-again",
  };
}
