import { open, readFile, rename } from "node:fs/promises";
import { canonicalJson } from "@wardwire/contract/canonical-json";
import { AuditError, systemErrorCode, unavailable } from "../audit-error.ts";
import type { AuditHead } from "../checkpoint.ts";

/** Where the head of a log stands; also that of the files it has left behind by rotation (AL-HEAD-1, AL-FILE-3). */
export function headPath(file: string): string {
  return `${file.replace(rotatedSuffix, "")}.head`;
}

/** What follows a log's path in the name of a file that rotation left behind: a dot and its first line's number. */
export const rotatedSuffix: RegExp = /\.\d{16}$/;

/**
 * Reads a head; undefined when there is none at `path`.
 *
 * @throws AuditError `audit-unavailable` when it cannot be read, `audit-broken` when it is no head
 */
export async function readHead(path: string): Promise<AuditHead | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw unavailable("read", path, error);
  }
  const head = parseHead(text);
  if (head === undefined) {
    throw new AuditError("audit-broken", `${path} is not the head of an audit log: expected its one line of JSON`);
  }
  return head;
}

/** Replaces the head at `path` in one step: a crash leaves the old one or the new one. */
export async function writeHead(path: string, head: AuditHead): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(`${canonicalJson(head)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

function parseHead(text: string): AuditHead | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { file, hash, keyId, mac, seq } = value as { readonly [K in keyof AuditHead]?: unknown };
  if (![file, hash, keyId, mac].every(isShortText) || !Number.isSafeInteger(seq)) return undefined;
  return { file, hash, keyId, mac, seq } as AuditHead;
}

/** Well-formed, because what is verified is made canonical first. */
function isShortText(value: unknown): boolean {
  return typeof value === "string" && value.length <= 64 && value.isWellFormed();
}
