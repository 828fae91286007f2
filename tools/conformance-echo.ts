/**
 * `npm run conformance:echo -- --port N [--plain] [--max-message-bytes N]`: the gateway's own host and receiver with
 * authentication, origins and rates off, sending every message back, text as text and binary as binary, so that any
 * RFC 6455 suite can judge them.
 *
 * It listens on 127.0.0.1 only, over TLS with a fresh certificate, or in plain TCP with `--plain`; any path is an
 * endpoint. One line on standard output, `listening on URL`, says that it is ready. SIGTERM and SIGINT end it with 0.
 * Exit code 2: it was called wrongly. Exit code 1: it could not listen.
 */
import "./node-version.ts";
import { parseArgs } from "node:util";
import { startEcho } from "./conformance-echo/echo-host.ts";

const usage = "usage: npm run conformance:echo -- --port N [--plain] [--max-message-bytes N]\n";

const { values } = readArguments();
const port = wholeNumber("port", values.port, 0, 65_535);
const maxMessageBytes = wholeNumber("max-message-bytes", values["max-message-bytes"], 1, 268_435_456);
const echo = await startEcho({ port, plain: values.plain, maxMessageBytes }).catch((error: Error): never => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void echo.close());
process.stdout.write(`listening on ${echo.url}\n`);

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: "string" },
        plain: { type: "boolean", default: false },
        // The largest message of Autobahn's chapter 9.
        "max-message-bytes": { type: "string", default: "16777216" },
      },
    });
  } catch (error) {
    return wrongCall(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, value: string | undefined, min: number, max: number): number {
  const number = value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  return wrongCall(`--${name}: expected a whole number from ${min} to ${max}, got ${value ?? "none"}`);
}

function wrongCall(message: string): never {
  process.stderr.write(`${message}\n${usage}`);
  process.exit(2);
}
