import { GatewayError } from "../gateway-error.ts";

/**
 * Turns the error of a failed `listen` into a {@link GatewayError}; any other error is given back as it came.
 * @param error what the runtime threw
 */
export function listenError(error: unknown, address: string, port: number): unknown {
  const at = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  switch (systemErrorCode(error)) {
    case "EADDRINUSE":
      return new GatewayError(
        "port-in-use",
        `cannot listen on ${at}: another process has it; stop that process or choose another port`,
        { cause: error },
      );
    case "EACCES":
      return new GatewayError(
        "permission-denied",
        `cannot listen on ${at}: this user may not; choose a port above 1023 or grant CAP_NET_BIND_SERVICE`,
        { cause: error },
      );
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EINVAL":
    case "ENOTFOUND":
      return new GatewayError(
        "address-unavailable",
        `cannot listen on ${at}: this machine has no such address; give an address of one of its interfaces`,
        { cause: error },
      );
    default:
      return error;
  }
}

/** The `code` of a system error such as `ECONNRESET`, where there is one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
