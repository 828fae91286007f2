import type { Gateway } from "@wardwire/gateway";
import { exitCodes } from "../exit-codes.ts";

/** What a process does about errors nobody handled. */
export interface LastResort extends Disposable {
  /** Resolves when the process is to end because of one. */
  readonly crashed: Promise<"internal">;
}

/** A crashed process that has not closed in order by then ends all the same. */
const closeWithinMs = 10_000;

/**
 * Watches for errors nobody handled (R35), which come from the application's code: ours ends in a reply or in one closed
 * connection.
 *
 * - Thrown where nobody catches, as in a timer: what was under way has been cut off anywhere, and Node's advice is not to
 *   go on. It is reported as `crash`, the gateway closes within a bound, and the exit code is that of a fault.
 * - A promise that rejected unheard: the code that awaited it has ended in order, and a member who can bring that about
 *   must not end the process for all others. It is reported as `failure`, and the process goes on. (`docs/adr/`)
 */
export function watchForCrashes(gateway: Pick<Gateway<never>, "report">): LastResort {
  const { promise: crashed, resolve } = Promise.withResolvers<"internal">();
  let isCrashing = false;
  const onException = (error: unknown): void => {
    if (isCrashing) {
      gateway.report({ event: "failure", where: "uncaughtException", error });
      return;
    }
    isCrashing = true;
    gateway.report({ event: "crash", error });
    setTimeout(() => process.exit(exitCodes.internal), closeWithinMs).unref();
    resolve("internal");
  };
  const onRejection = (error: unknown): void =>
    gateway.report({ event: "failure", where: "unhandledRejection", error });
  process.on("uncaughtException", onException).on("unhandledRejection", onRejection);
  return {
    crashed,
    [Symbol.dispose]: () => {
      // What still throws while a crashed process ends must not cut that short.
      if (!isCrashing) process.off("uncaughtException", onException).off("unhandledRejection", onRejection);
    },
  };
}
