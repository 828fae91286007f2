import { randomUUID } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { CliError, systemErrorCode } from "./cli-error.ts";

/** No key, certificate chain or token is larger; a bigger file is a wrong path. */
const maxFileBytes = 1_048_576;

/** Permission bits of everybody but the owner, and of those who are neither owner nor group. */
const permissionBits = { groupAndOthers: 0o077, others: 0o007 } as const;

/**
 * What a file that holds a secret contains, or undefined when there is none at `path`. Permissions are those of the file
 * that was opened, so nobody can swap it between the check and the reading.
 *
 * @param kept from whom the file must be kept: `groupAndOthers`, or `others` where a group may read it.
 * @throws CliError `configuration` when others can read or write it, when it cannot be read, or is no regular file.
 */
export function readPrivateFile(
  path: string,
  kept: keyof typeof permissionBits = "groupAndOthers",
): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw unreadable(path, error);
  }
  try {
    const { mode, size } = checkRegular(path, descriptor);
    if (size > maxFileBytes) throw new CliError("configuration", `${path} has ${size} bytes: too large for a key file`);
    if (process.platform !== "win32" && (mode & permissionBits[kept]) !== 0) {
      const octal = (mode & 0o777).toString(8);
      throw new CliError("configuration", `${path} is open to other users (mode ${octal}); run: chmod 600 ${path}`);
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a file only its owner can read, replacing the one at `path` in one step. */
export function replacePrivateFile(path: string, content: string | Uint8Array): void {
  const temporary = writeTemporary(path, content);
  renameSync(temporary, path);
}

/**
 * Writes a file only its owner can read, unless there is one already, so that of two processes starting together the
 * second uses what the first made.
 *
 * @returns whether the file was written.
 */
export function createPrivateFile(path: string, content: string | Uint8Array): boolean {
  const temporary = writeTemporary(path, content);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeTemporary(path: string, content: string | Uint8Array): string {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const descriptor = openSync(temporary, "wx", 0o600);
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const why = systemErrorCode(error) ?? "unknown error";
    throw new CliError("configuration", `cannot write ${path} (${why}): free the disk or choose another folder`, {
      cause: error,
    });
  }
  return temporary;
}

function checkRegular(path: string, descriptor: number): { readonly mode: number; readonly size: number } {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) throw new CliError("configuration", `${path} is not a regular file: expected a file to read`);
  return stat;
}

function unreadable(path: string, error: unknown): CliError {
  const why = systemErrorCode(error) ?? "unknown error";
  return new CliError("configuration", `cannot read ${path} (${why}): check the path and who owns it`, {
    cause: error,
  });
}
