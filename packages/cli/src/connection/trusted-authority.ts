import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { CliError, systemErrorCode } from "../cli-error.ts";

/**
 * The authority certificates of `--ca`, PEM.
 *
 * @throws CliError `configuration` when the file cannot be read or holds no certificate.
 */
export function readAuthority(file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (error) {
    const why = systemErrorCode(error) ?? "unknown error";
    throw new CliError("configuration", `cannot read ${file} (${why}); check --ca`, { cause: error });
  }
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new CliError("configuration", `--ca: expected a PEM certificate in ${file}, got something else`, {
      cause: error,
    });
  }
  return pem;
}
