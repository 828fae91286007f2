import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { AuditOptions } from "@wardwire/gateway";
import { parseAuditKeys } from "@wardwire/gateway/audit/keys";
import { createPrivateFile, readPrivateFile } from "../private-file.ts";
import { dataFile } from "./data-folder.ts";

/**
 * How a development gateway keeps the audit log of its data folder; its key is made when there is none.
 *
 * @throws CliError `configuration` when the key's file is open to other users; AuditError when it is damaged.
 */
export async function loadAudit(folder: string): Promise<AuditOptions> {
  const path = dataFile(folder, "auditKey");
  const bytes = readPrivateFile(path);
  if (bytes === undefined) {
    createPrivateFile(path, `development ${randomBytes(32).toString("base64url")}\n`);
    return loadAudit(folder);
  }
  try {
    return {
      path: dataFile(folder, "auditLog"),
      keys: await parseAuditKeys(bytes.toString("utf8")),
      source: hostname(),
    };
  } finally {
    bytes.fill(0);
  }
}
