import { hostname } from "node:os";
import type { AuditOptions } from "@wardwire/gateway";
import { parseAuditKeys } from "@wardwire/gateway/audit/keys";
import type { AuditConfiguration } from "../configuration/configuration.ts";
import { resolveBeside } from "../configuration/load.ts";
import { readSecretFile } from "./material.ts";

/**
 * How the gateway keeps its audit log.
 *
 * @param file the configuration file; paths are relative to its folder.
 * @throws CliError `configuration`; AuditError `invalid-audit-options` for a key file that is none.
 */
export async function readAudit(
  file: string,
  { file: log, keyFile, source = hostname() }: AuditConfiguration,
): Promise<AuditOptions> {
  const bytes = readSecretFile("audit.keyFile", resolveBeside(file, keyFile));
  try {
    return { path: resolveBeside(file, log), keys: await parseAuditKeys(bytes.toString("utf8")), source };
  } finally {
    bytes.fill(0);
  }
}
