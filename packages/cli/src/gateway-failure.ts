import { CliError } from "./cli-error.ts";

/**
 * What a gateway that could not be made or could not listen means at the command line: its errors are about what it was
 * given, and say what to do. Anything without one of its codes is given back as it came.
 */
export function gatewayFailure(error: unknown): unknown {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  return error instanceof Error && configurationCodes.has(code)
    ? new CliError("configuration", error.message, { cause: error })
    : error;
}

/** Runs what throws errors of the gateway; what it throws is one of the command line's. */
export function asCliError<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw gatewayFailure(error);
  }
}

const configurationCodes: ReadonlySet<string> = new Set([
  "invalid-options",
  "unsupported-protection",
  "port-in-use",
  "bad-certificate",
  "keys-unavailable",
  "address-unavailable",
  "permission-denied",
  "file-unavailable",
  "file-exposed",
  "server-keys-invalid",
  "server-keys-expired",
  "server-keys-conflict",
  "server-keys-busy",
  "invalid-audit-options",
  "audit-locked",
  "audit-broken",
  "audit-unavailable",
  "in-use",
  "cannot-open",
  "read-only",
  "full",
  "corrupt",
  "incompatible",
]);
