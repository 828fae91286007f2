import * as files from "@wardwire/gateway/private-file";
import { asCliError } from "./gateway-failure.ts";

/**
 * What a file that holds a secret contains, or undefined when there is none at `path`. Permissions are those of the file
 * that was opened, so nobody can swap it between the check and the reading.
 *
 * @param kept from whom the file must be kept: `groupAndOthers`, or `others` where a group may read it.
 * @throws CliError `configuration` when others can read or write it, when it cannot be read, or is no regular file.
 */
export function readPrivateFile(path: string, kept?: files.KeptFrom): Buffer<ArrayBuffer> | undefined {
  return asCliError(() => files.readPrivateFile(path, kept));
}

/**
 * Writes a file only its owner can read, replacing the one at `path` in one step.
 *
 * @throws CliError `configuration` when it cannot be written.
 */
export function replacePrivateFile(path: string, content: string | Uint8Array): void {
  asCliError(() => files.replacePrivateFile(path, content));
}

/**
 * Writes a file only its owner can read, unless there is one already, so that of two processes starting together the
 * second uses what the first made.
 *
 * @returns whether the file was written.
 * @throws CliError `configuration` when it cannot be written.
 */
export function createPrivateFile(path: string, content: string | Uint8Array): boolean {
  return asCliError(() => files.createPrivateFile(path, content));
}
