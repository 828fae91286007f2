import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { systemErrorCode } from "../audit/audit-error.ts";
import { GatewayError } from "../gateway-error.ts";

/**
 * What a file that holds a secret contains, or undefined when there is none at `path`. Permissions are those of the file
 * that was opened, so nobody can swap it between the check and the reading.
 *
 * @param kept from whom the file must be kept: `groupAndOthers`; `others` where a group may read it; `otherWriters` where
 *   everybody may.
 * @throws GatewayError `file-exposed` when they can read or write it (KF-3); `file-unavailable` when it cannot be read, is
 *   no regular file or larger than 1 MiB
 */
export function readPrivateFile(path: string, kept: KeptFrom = "groupAndOthers"): Buffer<ArrayBuffer> | undefined {
  let descriptor: number;
  try {
    // A pipe without a writer would keep the process waiting.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw unavailable("read", path, error);
  }
  try {
    requirePrivate(path, fstatSync(descriptor), kept);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** From whom a file is kept. */
export type KeptFrom = keyof typeof permissionBits;

/**
 * Writes a file only its owner can read, replacing the one at `path` in one step; it is on the disk afterwards.
 *
 * @throws GatewayError `file-unavailable`
 */
export function replacePrivateFile(path: string, content: string | Uint8Array): void {
  const temporary = writeTemporary(path, content);
  try {
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw unavailable("write", path, error);
  }
}

/**
 * Writes a file only its owner can read, unless there is one already, so that of two processes starting together the
 * second uses what the first made. It is on the disk afterwards.
 *
 * @returns whether the file was written.
 * @throws GatewayError `file-unavailable`
 */
export function createPrivateFile(path: string, content: string | Uint8Array): boolean {
  const temporary = writeTemporary(path, content);
  try {
    linkSync(temporary, path);
    syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw unavailable("write", path, error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Makes a folder for its owner only, unless it is there.
 *
 * @throws GatewayError `file-unavailable`, also for what is no folder
 */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unavailable("make", path, error);
  }
}

/**
 * Refuses a folder in which others could put files of theirs in the place of keys.
 *
 * @throws GatewayError `file-exposed`; `file-unavailable` when there is no such folder
 */
export function requirePrivateFolder(path: string): void {
  let mode: number;
  try {
    mode = statSync(`${path}/`).mode;
  } catch (error) {
    throw unavailable("read", path, error);
  }
  if (process.platform === "win32" || (mode & 0o022) === 0) return;
  throw new GatewayError(
    "file-exposed",
    `other users may write in ${path} (mode ${octal(mode)}); run: chmod 700 ${path}`,
  );
}

/** The error of a file or folder that cannot be used. */
export function unavailable(what: "read" | "write" | "make" | "lock", path: string, cause: unknown): GatewayError {
  const why = systemErrorCode(cause);
  return new GatewayError("file-unavailable", `cannot ${what} ${path} (${why}): ${advice[what]}`, { cause });
}

const advice = {
  read: "check the path and who owns it",
  write: "free the disk or choose another folder",
  make: "choose another folder",
  lock: "check who owns the folder",
} as const;

/** No key, certificate chain or token is larger; a bigger file is a wrong path. */
const maxFileBytes = 1_048_576;

/** Permission bits that a file must not have. */
const permissionBits = { groupAndOthers: 0o077, others: 0o007, otherWriters: 0o022 } as const;

function requirePrivate(path: string, stat: Stats, kept: KeptFrom): void {
  const { mode, size } = stat;
  if (!stat.isFile()) {
    throw new GatewayError("file-unavailable", `${path} is not a regular file: expected a file to read`);
  }
  if (size > maxFileBytes) {
    throw new GatewayError("file-unavailable", `${path} has ${size} bytes: too large for a key file`);
  }
  if (process.platform !== "win32" && (mode & permissionBits[kept]) !== 0) {
    const open = `${path} is open to other users (mode ${octal(mode)})`;
    throw new GatewayError("file-exposed", `${open}; run: chmod 600 ${path}`);
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
    rmSync(temporary, { force: true });
    throw unavailable("write", path, error);
  }
  return temporary;
}

/** A file is found under its name after a power cut once the folder has been written too. Windows has no way to ask for that. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8);
}
