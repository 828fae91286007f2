import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IntegrityKey } from "@wardwire/crypto/integrity";
import { type AuditLogOptions, openAuditLog } from "../../src/audit/audit-log.ts";
import { headPath, readHead } from "../../src/audit/file/head-file.ts";
import { parseAuditKeys } from "../../src/audit/key-file.ts";
import type { SecurityEvent } from "../../src/audit/security-event.ts";
import { type AuditReport, verifyAuditFiles } from "../../src/audit/verify/verify.ts";

/** A folder for one log, gone when the scope ends. */
export interface LogFolder extends Disposable {
  readonly path: string;
  at(name: string): string;
  lines(): string[];
  rewrite(lines: readonly string[]): void;
}

export function logFolder(): LogFolder {
  const folder = mkdtempSync(join(tmpdir(), "wardwire-audit-"));
  const path = join(folder, "audit.jsonl");
  return {
    path,
    at: (name) => join(folder, name),
    lines: () => readFileSync(path, "utf8").split("\n").slice(0, -1),
    rewrite: (lines) => writeFileSync(path, lines.map((line) => `${line}\n`).join("")),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function testKeys(keyId = "k1", fill = 7): Promise<readonly [IntegrityKey, ...IntegrityKey[]]> {
  return parseAuditKeys(`${keyId} ${Buffer.alloc(32, fill).toString("base64url")}`);
}

export function login(user: string): SecurityEvent {
  return { event: "authn_login_success", level: "info", fields: { user, address: "192.0.2.7" } };
}

/** Writes one log after the other, each opened and closed, of as many events as the list says. */
export async function writeLog(
  path: string,
  runs: readonly number[],
  more: Partial<AuditLogOptions> = {},
): Promise<void> {
  for (const events of runs) {
    await using log = await openAuditLog({ path, keys: await testKeys(), source: "test", ...more });
    for (let index = 0; index < events; index += 1) log.record(login(`user-${index}`));
  }
}

/** Verifies with the test's key and the head beside the log. */
export async function verifyLog(path: string, files: readonly string[] = [path]): Promise<AuditReport> {
  const head = await readHead(headPath(path));
  return verifyAuditFiles(files, { keys: await testKeys(), ...(head === undefined ? {} : { head }) });
}
