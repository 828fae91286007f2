import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

/** A file that only grows. */
export interface AppendFile {
  /** Bytes it had when it was opened. */
  readonly size: number;
  /** Appends a beginning of `bytes` and tells how many those are; nothing was appended when it rejects. */
  write(bytes: Uint8Array): Promise<number>;
  /** Resolves when everything appended is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file for appending, making it where there is none. */
export type OpenAppendFile = (path: string) => Promise<AppendFile>;

/**
 * Opens `path` with O_APPEND. A new file can be read and written by its owner only (0600); one that exists keeps its mode, so
 * that an operator may let a group read it. Never follows a symbolic link.
 */
export const openAppendFile: OpenAppendFile = async (path) => {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
  // Windows knows no O_NOFOLLOW.
  const handle = await open(path, O_APPEND | O_CREAT | O_WRONLY | (O_NOFOLLOW ?? 0), 0o600);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw Object.assign(new Error("not a regular file"), { code: "EINVAL" });
    if (stat.size === 0) await syncFolder(path);
    return appendFile(handle, stat.size);
  } catch (error) {
    await handle.close();
    throw error;
  }
};

/** Puts the names in the folder of `path` on the disk; does nothing where folders cannot be opened (Windows). */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function appendFile(handle: FileHandle, size: number): AppendFile {
  return {
    size,
    write: async (bytes) => (await handle.write(bytes)).bytesWritten,
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}
