import { createPrivateKey, X509Certificate } from "node:crypto";
import { z } from "zod";
import { CliError } from "../cli-error.ts";
import { createPrivateFile, readPrivateFile, replacePrivateFile } from "../private-file.ts";
import { dataFile } from "./data-folder.ts";
import { issueAuthority, type KeyAndCertificate, millisecondsPerDay } from "./issue.ts";

/** The certificate authority of one data folder. */
export interface Authority extends KeyAndCertificate {
  /** The names and addresses it can vouch for. */
  readonly names: readonly string[];
}

const lifetimeDays = 1_095;
/** Longer than a server certificate lives, so that no server certificate outlives its authority. */
const renewalDays = 120;

const authorityFile = z.strictObject({
  names: z.array(z.string()),
  certificate: z.string(),
  privateKey: z.string(),
});

/**
 * The authority of the data folder, and `ca.pem` beside it. Made when there is none; made anew, for the old names and
 * the new ones, when it is about to end or must not vouch for one of `names`. Valid for three years.
 *
 * @param nowMs milliseconds since 1970.
 * @returns the authority, and whether it is new, so that people must trust it (again).
 * @throws CliError `configuration` when its file is damaged or open to other users.
 */
export async function loadAuthority(
  folder: string,
  names: readonly string[],
  nowMs: number,
): Promise<{ readonly authority: Authority; readonly isNew: boolean }> {
  const path = dataFile(folder, "authority");
  const existing = readAuthority(path);
  if (existing !== undefined && isUsable(existing, names, nowMs)) {
    publish(folder, existing);
    return { authority: existing, isNew: false };
  }
  const made = await makeAuthority([...new Set([...(existing?.names ?? []), ...names])], nowMs);
  const text = `${JSON.stringify(made, undefined, 2)}\n`;
  if (existing !== undefined) replacePrivateFile(path, text);
  else if (!createPrivateFile(path, text)) return loadAuthority(folder, names, nowMs);
  publish(folder, made);
  return { authority: made, isNew: true };
}

async function makeAuthority(names: readonly string[], nowMs: number): Promise<Authority> {
  const from = new Date(nowMs - millisecondsPerDay);
  const until = new Date(nowMs + lifetimeDays * millisecondsPerDay);
  return { names, ...(await issueAuthority(names, { from, until })) };
}

function readAuthority(path: string): Authority | undefined {
  const text = readPrivateFile(path);
  if (text === undefined) return undefined;
  try {
    const authority = authorityFile.parse(JSON.parse(text.toString()));
    if (new X509Certificate(authority.certificate).checkPrivateKey(createPrivateKey(authority.privateKey))) {
      return authority;
    }
  } catch {
    // Whatever is wrong with it, the advice is the same.
  }
  throw new CliError(
    "configuration",
    `${path} is damaged: delete it, and a new authority is made (and must be trusted)`,
  );
}

function isUsable(authority: Authority, names: readonly string[], nowMs: number): boolean {
  const certificate = new X509Certificate(authority.certificate);
  const remainingDays = (certificate.validToDate.getTime() - nowMs) / millisecondsPerDay;
  const begun = certificate.validFromDate.getTime() <= nowMs;
  return begun && remainingDays > renewalDays && names.every((name) => authority.names.includes(name));
}

/** Writes `ca.pem` when it is missing or another authority's. */
function publish(folder: string, authority: Authority): void {
  const path = dataFile(folder, "authorityCertificate");
  if (readPrivateFile(path)?.toString() !== authority.certificate) replacePrivateFile(path, authority.certificate);
}
