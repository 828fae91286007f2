import { readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorCode } from "../audit/audit-error.ts";
import { lockFile } from "../file-lock.ts";
import {
  createPrivateFile,
  makePrivateFolder,
  readPrivateFile,
  replacePrivateFile,
  requirePrivateFolder,
  unavailable,
} from "./private-file.ts";

/** The files of server keys, by names such as `online/bundle.cbor`; in a folder, or in the memory of a test. */
export interface KeyFiles {
  /** Where a file is, for people. */
  at(name: string): string;
  /**
   * What a file contains; undefined when there is none.
   *
   * @param secret whether others must not read it; nobody else may write it either way
   * @throws GatewayError `file-exposed`, `file-unavailable`
   */
  read(name: string, secret: boolean): Uint8Array<ArrayBuffer> | undefined;
  /**
   * Writes a file in one step, over the one that is there.
   *
   * @throws GatewayError `file-exposed`, `file-unavailable`
   */
  replace(name: string, content: string | Uint8Array): void;
  /** As `replace`, unless there is one already; whether it was written. */
  create(name: string, content: string | Uint8Array): boolean;
  /** Erases a file; does nothing when there is none. */
  remove(name: string): void;
  /** The names of what is in a folder such as `online`, without the folder's; none when there is no such folder. */
  list(folder: string): readonly string[];
  /** Differs from one writing of a file to the next; undefined when there is none. */
  revision(name: string): string | undefined;
  /** Keeps others from changing the keys until it is disposed of; undefined while somebody else changes them. */
  lock(): Disposable | undefined;
  /** How often to look whether somebody else has written, in milliseconds. */
  readonly lookEveryMs: number;
}

/** The files in a folder; it and the folders in it are made when something is written (KF-3). */
export function keyFilesIn(path: string): KeyFiles {
  const at = (name: string): string => join(path, name);
  const makeRoom = (name: string): string => {
    makePrivateFolder(dirname(at(name)));
    requireOwn(name);
    return at(name);
  };
  const requireOwn = (name: string): void => {
    for (const folder of new Set([path, dirname(at(name))])) requirePrivateFolder(folder);
  };
  return {
    at,
    read(name, secret) {
      const content = readPrivateFile(at(name), secret ? "groupAndOthers" : "otherWriters");
      if (content === undefined) return undefined;
      requireOwn(name);
      // A Buffer's slices share its memory, and those of these bytes must not.
      return new Uint8Array(content);
    },
    replace: (name, content) => replacePrivateFile(makeRoom(name), content),
    create: (name, content) => createPrivateFile(makeRoom(name), content),
    remove: (name) => rmSync(at(name), { force: true }),
    list: (folder) => listFolder(at(folder)),
    revision: (name) => revisionOf(at(name)),
    lock: () => lockAt(makeRoom(lockName)),
    lookEveryMs: 5_000,
  };
}

/** Beside the keys themselves, so that gateways that have `online` alone agree. */
const lockName = "online/writing";

function lockAt(path: string): Disposable | undefined {
  try {
    return lockFile(path);
  } catch (error) {
    throw unavailable("lock", path, error);
  }
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw unavailable("read", path, error);
  }
}

/** Every writing makes another file and moves it there. Links are followed: some deployments replace a folder behind one. */
function revisionOf(path: string): string | undefined {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
  } catch (error) {
    throw unavailable("read", path, error);
  }
}
