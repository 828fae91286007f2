import { headPath, readHead } from "@wardwire/gateway/audit/head";
import { parseAuditKeys } from "@wardwire/gateway/audit/keys";
import {
  type AuditReport,
  type VerifyOptions,
  type VerifyProgress,
  verifyAuditFiles,
} from "@wardwire/gateway/audit/verify";
import { CliError } from "../cli-error.ts";
import type { Outcome } from "../exit-codes.ts";
import { type Output, printable } from "../output.ts";
import { readPrivateFile } from "../private-file.ts";

/** The options of `wardwire audit verify`, parsed. */
export interface AuditVerifyOptions {
  readonly keyFile?: string;
  readonly head?: string;
}

/**
 * Checks an audit log of one or several files, oldest first; `findings` when anything is wrong with it.
 *
 * @throws CliError `configuration` for a log, a key file or a head that cannot be read or is none.
 */
export async function verifyAudit(
  files: readonly string[],
  options: AuditVerifyOptions,
  output: Output,
): Promise<Outcome> {
  try {
    const against = await checkedAgainst(files, options);
    const report = await verifyAuditFiles(files, { ...against, onProgress: progressLines() });
    const signatures = against.keys === undefined ? "not-checked" : "checked";
    const head = against.head === undefined ? "absent" : "compared";
    output.record({ files, signatures, head, ...report });
    sayReport(report, against, output);
    return report.sound ? "ok" : "findings";
  } catch (error) {
    throw auditFailure(error);
  }
}

async function checkedAgainst(files: readonly string[], options: AuditVerifyOptions): Promise<VerifyOptions> {
  const head = await findHead(files, options.head);
  const keys = options.keyFile === undefined ? undefined : await parseAuditKeys(readKeyFile(options.keyFile));
  return { ...(head === undefined ? {} : { head }), ...(keys === undefined ? {} : { keys }) };
}

/** The head that was named, which must be there, or the one beside the newest file, which need not. */
async function findHead(files: readonly string[], named: string | undefined): Promise<VerifyOptions["head"]> {
  const head = await readHead(named ?? headPath(files.at(-1) ?? ""));
  if (head === undefined && named !== undefined)
    throw new CliError("configuration", `no head at ${named}: check --head`);
  return head;
}

function readKeyFile(path: string): string {
  const bytes = readPrivateFile(path);
  if (bytes === undefined) throw new CliError("configuration", `no key file at ${path}: check --key-file`);
  try {
    return bytes.toString("utf8");
  } finally {
    bytes.fill(0);
  }
}

/** One line on standard error every two seconds, for logs that take longer than that. */
function progressLines(): (progress: VerifyProgress) => void {
  const everyMs = 2_000;
  let nextAtMs = performance.now() + everyMs;
  return ({ lines, bytes, totalBytes }) => {
    if (performance.now() < nextAtMs) return;
    nextAtMs = performance.now() + everyMs;
    const percent = Math.floor((100 * bytes) / Math.max(1, totalBytes));
    process.stderr.write(`verified ${lines.toLocaleString("en")} lines, ${percent} %\n`);
  };
}

function sayReport(report: AuditReport, { keys, head }: VerifyOptions, output: Output): void {
  for (const { file, line, what, detail } of report.findings) {
    output.say(`${output.style("red", "✗")} ${printable(file)}:${line} ${what}: ${printable(detail)}`);
  }
  const more = report.findingCount - report.findings.length;
  if (more > 0) output.say(`  and ${more} more`);
  const { lines, checkpoints, from, to, recovered } = report;
  const range = from === undefined ? "" : ` (${from} to ${to} of the log)`;
  const found = report.sound ? "nothing wrong" : `${report.findingCount} wrong`;
  const sign = report.sound ? output.style("green", "✓") : output.style("red", "✗");
  output.say(`${sign} ${lines} lines${range}, ${checkpoints} checkpoints: ${found}`);
  if (recovered > 0) output.say(`  ${recovered} times a crash cut off a line; the log accounts for it`);
  const warn = (text: string): void => output.say(`${output.style("yellow", "!")} ${text}`);
  if (keys === undefined) warn("signatures were not checked: a log rewritten as a whole passes; give --key-file");
  if (head === undefined) warn("no head to compare with: a log cut off behind a checkpoint passes; give --head");
}

/** The errors of the audit log are about what it was given, and say what to do. */
function auditFailure(error: unknown): unknown {
  const isAuditError = error instanceof Error && error.name === "AuditError";
  return isAuditError ? new CliError("configuration", error.message, { cause: error }) : error;
}
