import { type Logger, pino } from "pino";
import { cleanField, cleanText } from "../audit/clean-fields.ts";
import { securityEvent } from "../audit/security-event.ts";
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
  sealed: "debug",
  "sealed-failed": "warn",
  rekeyed: "debug",
  "server-keys": "info",
  revoked: "warn",
  "revoked-token-used": "warn",
  "ticket-refused": "warn",
  "addresses-changed": "warn",
  failure: "error",
  crash: "error",
  "peer-problem": "debug",
  "decode-error": "warn",
  signal: "warn",
  "webhook-failed": "error",
};

/**
 * Writes each event as one JSON line: level, time (ISO 8601, UTC), what {@link logLine} gives.
 *
 * @param logger where to; a pino logger on standard error when left out.
 */
export function logEvents(logger: Logger = standardErrorLogger()): Observe {
  return (event) => {
    logger[levels[event.event]](logLine(event));
  };
}

/**
 * What a log says of an event: its fields, `owasp` with its name in the OWASP Logging Vocabulary where it has one (R52), and
 * of an error its name, message, code and stack. What looks like a token or a key is redacted, what could change
 * a line or a terminal is written out (R53).
 */
export function logLine(event: GatewayEvent): Readonly<Record<string, unknown>> {
  const owasp = securityEvent(event)?.event;
  const fields = Object.entries(event).map(([name, value]: [string, unknown]) => {
    if (name === "error") return [name, errorFields(value)];
    return [name, typeof value === "string" ? cleanField(name, value) : value];
  });
  return { ...Object.fromEntries(fields), ...(owasp === undefined ? {} : { owasp }) };
}

/** What an application wrote into an error is cleaned like a stranger's text: nobody knows where it had it from. */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error, message: cleanText(String(error)) };
  const code = "code" in error && typeof error.code === "string" ? { code: cleanText(error.code) } : {};
  // The stack's first lines are the message again. A frame's path may be a long run of letters by right.
  const frames = (error.stack ?? "").split("\n").filter((line) => /^ +at /.test(line));
  const stack = frames.map((frame) => cleanText(frame.trim(), true));
  const cause = error.cause === undefined ? {} : { cause: cleanText(String(error.cause)) };
  return { name: cleanText(error.name), message: cleanText(error.message), ...code, ...cause, stack };
}

function standardErrorLogger(): Logger {
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ dest: 2, sync: true }),
  );
}
