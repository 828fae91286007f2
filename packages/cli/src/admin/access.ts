import { randomBytes } from "node:crypto";
import { CliError } from "../cli-error.ts";
import { dataFile } from "../development/data-folder.ts";
import { createPrivateFile, readPrivateFile, replacePrivateFile } from "../private-file.ts";

/** How a command on this machine reaches a gateway's admin API. */
export interface AdminAccess {
  /** Such as `http://127.0.0.1:9443`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly credential: string;
}

/** What a credential is good for, by the file that holds it. */
export type CredentialFile = "adminCredential" | "publishCredential";

/**
 * A credential of the admin API, 256 random bits in base64url, in a file of the data folder that only its owner can
 * read; made when there is none.
 *
 * @throws CliError `configuration` when the file is damaged or open to other users.
 */
export function loadCredential(folder: string, file: CredentialFile): string {
  const path = dataFile(folder, file);
  const existing = readPrivateFile(path)?.toString().trim();
  if (existing !== undefined) return checkCredential(path, existing);
  const made = randomBytes(32).toString("base64url");
  return createPrivateFile(path, `${made}\n`) ? made : loadCredential(folder, file);
}

/** Notes where the gateway of this data folder has its admin API. */
export function noteAdminUrl(folder: string, url: string): void {
  replacePrivateFile(dataFile(folder, "adminUrl"), `${url}\n`);
}

/**
 * What a gateway has left in its data folder for commands.
 *
 * @throws CliError `configuration` when there is nothing, or something damaged.
 */
export function readAdminAccess(folder: string, file: CredentialFile): AdminAccess {
  const path = dataFile(folder, file);
  const credential = readPrivateFile(path)?.toString().trim();
  if (credential === undefined) {
    throw new CliError("configuration", `no ${path}: start \`wardwire dev\` first, or name its folder with --data`);
  }
  const noted = readPrivateFile(dataFile(folder, "adminUrl"))?.toString().trim() ?? "http://127.0.0.1:9443";
  // The credential goes there, so it has to be this machine.
  if (!/^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(noted)) {
    throw new CliError("configuration", `${dataFile(folder, "adminUrl")} is damaged: start the gateway again`);
  }
  return { url: noted, credential: checkCredential(path, credential) };
}

function checkCredential(path: string, text: string): string {
  if (/^[\w-]{43}$/.test(text)) return text;
  throw new CliError("configuration", `${path} is damaged: delete it, and start the gateway to have a new one made`);
}
