import { X509Certificate } from "node:crypto";
import { type Stats, statSync } from "node:fs";
import { CliError, systemErrorCode } from "../cli-error.ts";
import { dataFile, type dataFiles } from "../development/data-folder.ts";
import { millisecondsPerDay } from "../development/issue.ts";
import { readPrivateFile } from "../private-file.ts";
import type { Check } from "./check.ts";

/** Looks at the data folder of a development gateway: who can read it, and how long its certificates are good for. */
export function checkData(folder: string, nowMs: number): readonly Check[] {
  const found = statFolder(folder);
  if (found === undefined) {
    return [{ id: "data-folder", status: "ok", detail: `${folder} is not there yet; dev makes it` }];
  }
  return [
    checkFolder(folder, found),
    checkFiles(folder),
    checkCertificate("authority-certificate", dataFile(folder, "authorityCertificate"), nowMs),
    checkCertificate("server-certificate", dataFile(folder, "server"), nowMs),
  ];
}

function checkFolder(folder: string, found: Stats): Check {
  const id = "data-folder";
  if (!found.isDirectory()) {
    return { id, status: "failure", detail: `${folder} is no folder`, advice: "give another with --data" };
  }
  const octal = (found.mode & 0o777).toString(8);
  if (process.platform === "win32" || (found.mode & 0o077) === 0) {
    return { id, status: "ok", detail: `${folder} is closed to other users` };
  }
  const status = (found.mode & 0o022) === 0 ? "warning" : "failure";
  return { id, status, detail: `${folder} is open to other users (mode ${octal})`, advice: `run: chmod 700 ${folder}` };
}

function checkFiles(folder: string): Check {
  const id = "key-files";
  for (const file of ["authority", "server", "tokenKey"] as const satisfies readonly (keyof typeof dataFiles)[]) {
    try {
      readPrivateFile(dataFile(folder, file));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return {
        id,
        status: "failure",
        detail: error.message,
        advice: "if someone may have read it, delete it too: dev makes another",
      };
    }
  }
  return { id, status: "ok", detail: "key files are closed to other users" };
}

/** Certificates of the data folder are renewed by `dev`, so an old one is no failure. */
function checkCertificate(id: string, path: string, nowMs: number): Check {
  let certificate: X509Certificate;
  try {
    const pem = readPrivateFile(path);
    if (pem === undefined) return { id, status: "ok", detail: `${path} is not there yet; dev makes it` };
    certificate = new X509Certificate(pem);
  } catch {
    return { id, status: "failure", detail: `${path} is no certificate one can use`, advice: `delete ${path}` };
  }
  const days = Math.floor((certificate.validToDate.getTime() - nowMs) / millisecondsPerDay);
  if (certificate.validFromDate.getTime() > nowMs) {
    return { id, status: "failure", detail: `${path} is from the future`, advice: "set the clock" };
  }
  if (days < 0) return { id, status: "warning", detail: `${path} has ended`, advice: "start dev: it makes another" };
  return { id, status: "ok", detail: `${path} is good for ${days} days` };
}

function statFolder(folder: string): Stats | undefined {
  try {
    return statSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw new CliError("configuration", `cannot look at ${folder} (${systemErrorCode(error) ?? "unknown error"})`);
  }
}
