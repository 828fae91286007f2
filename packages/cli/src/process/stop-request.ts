import { exitCodes, type Outcome } from "../exit-codes.ts";

/** Someone's wish that a running command ends. */
export interface StopRequest {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Resolves with the first signal: `ok` for SIGTERM, the supervisor's way to end us; `interrupted` for Ctrl-C. */
  readonly outcome: Promise<Extract<Outcome, "ok" | "interrupted">>;
  /** Lets signals do again what they do by default. */
  [Symbol.dispose](): void;
}

/** Listens for SIGINT and SIGTERM. The first asks to stop; the second ends the process at once. */
export function listenForStop(): StopRequest {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<"ok" | "interrupted">();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    resolve(signal === "SIGTERM" ? "ok" : "interrupted");
    controller.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    outcome: promise,
    [Symbol.dispose]: () => {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    },
  };
}
