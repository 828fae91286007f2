import { type Logger, pino } from "pino";
import type { GatewayEvent, Observe } from "./events.ts";

type Level = "debug" | "info" | "warn" | "error";

const levels: { readonly [E in GatewayEvent["event"]]: Level } = {
  listening: "info",
  stopping: "info",
  "upgrade-refused": "warn",
  "authentication-failed": "warn",
  connected: "info",
  disconnected: "info",
  denied: "warn",
  "rate-limited": "warn",
  revoked: "warn",
  "revoked-token-used": "warn",
  "ticket-refused": "warn",
  failure: "error",
  "peer-problem": "debug",
};

/**
 * Writes each event as one JSON line: level, time (ISO 8601, UTC), the event's fields.
 *
 * @param logger where to; a pino logger on standard error when left out.
 */
export function logEvents(logger: Logger = standardErrorLogger()): Observe {
  return (event) => {
    if (event.event === "failure") {
      const { error, ...fields } = event;
      logger.error({ ...fields, err: error });
      return;
    }
    logger[levels[event.event]](event);
  };
}

function standardErrorLogger(): Logger {
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ dest: 2, sync: true }),
  );
}
