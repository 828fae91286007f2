import type { ClientError } from "@wardwire/client";
import { CliError, type CliErrorCode } from "../cli-error.ts";

/** What an error of the client means at the command line. */
export function clientFailure(error: ClientError): CliError {
  const code: CliErrorCode = error.origin === "gateway" ? "refused" : (outcomes.get(error.code) ?? "refused");
  const advice = (error.origin === "gateway" ? gatewayAdvices : advices).get(error.code);
  const from = error.origin === "gateway" ? `the gateway answered ${error.code}: ` : "";
  return new CliError(code, `${from}${error.message}${advice === undefined ? "" : `; ${advice}`}`, { cause: error });
}

/** Codes that are no refusal by the server. */
const outcomes: ReadonlyMap<string, CliErrorCode> = new Map([
  ["invalid-url", "usage"],
  ["insecure-url", "usage"],
  ["invalid-server-key", "usage"],
  ["invalid-token", "usage"],
  ["unreachable", "unreachable"],
  ["certificate-refused", "unreachable"],
  ["connect-timeout", "timeout"],
  ["timeout", "timeout"],
  ["outcome-unknown", "timeout"],
]);

/** For what the gateway itself refused. */
const gatewayAdvices: ReadonlyMap<string, string> = new Map([
  ["protection-required", "give the pin of its keys with --server-key"],
]);

const advices: ReadonlyMap<string, string> = new Map([
  ["unreachable", "check the address, and that the gateway is running"],
  ["certificate-refused", "give its authority with --ca FILE (that of `wardwire dev` is .wardwire/ca.pem)"],
  ["key-bundle", "compare --server-key with what `wardwire keys show` prints where the gateway runs"],
  ["clock", "set this device's clock; if it is right, the gateway's keys need `wardwire keys bundle`"],
  ["session-failed", "compare --server-key; something on the way may change messages"],
  ["truncated", "something on the way cut the connection off"],
  ["token-refused", "get a new token; one from `wardwire token` is good for the gateway of the same --data folder"],
]);
