import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { readPrivateFile, replacePrivateFile } from "../private-file.ts";
import { dataFile } from "./data-folder.ts";
import { issueServer, type KeyAndCertificate, millisecondsPerDay } from "./issue.ts";

/** Mozilla Server Side TLS 6.0, modern: at most 90 days; the day before now allows for clocks that are behind (R3). */
const lifetimeDays = 89;
const renewalDays = 15;

/**
 * The gateway's certificate in the data folder: reused while it is good for `names`, signed by `authority`, and more
 * than 15 days from its end; made anew otherwise, with a new key. Valid for 90 days.
 *
 * @param nowMs milliseconds since 1970.
 * @throws CliError `configuration` when its file is open to other users or cannot be written.
 */
export async function loadServerCertificate(
  folder: string,
  authority: KeyAndCertificate,
  names: readonly string[],
  nowMs: number,
): Promise<KeyAndCertificate> {
  const path = dataFile(folder, "server");
  const existing = parsePair(readPrivateFile(path)?.toString() ?? "");
  if (existing !== undefined && isUsable(existing, authority, names, nowMs)) return existing;
  const from = new Date(nowMs - millisecondsPerDay);
  const until = new Date(nowMs + lifetimeDays * millisecondsPerDay);
  const made = await issueServer(authority, names, { from, until });
  replacePrivateFile(path, `${made.privateKey}\n${made.certificate}\n`);
  return made;
}

/** The key and the certificate of one PEM file; undefined when either is missing or they do not belong together. */
function parsePair(pem: string): KeyAndCertificate | undefined {
  const privateKey = pem.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/)?.[0];
  const certificate = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/)?.[0];
  if (privateKey === undefined || certificate === undefined) return undefined;
  try {
    const belongs = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
    return belongs ? { privateKey, certificate } : undefined;
  } catch {
    return undefined;
  }
}

function isUsable(
  existing: KeyAndCertificate,
  authority: KeyAndCertificate,
  names: readonly string[],
  nowMs: number,
): boolean {
  const certificate = new X509Certificate(existing.certificate);
  const issuer = new X509Certificate(authority.certificate);
  const remainingDays = (certificate.validToDate.getTime() - nowMs) / millisecondsPerDay;
  return (
    certificate.validFromDate.getTime() <= nowMs &&
    remainingDays > renewalDays &&
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey) &&
    names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
  );
}
