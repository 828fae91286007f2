import { type ScanReport, scan } from "@wardwire/scanner";
import { isFault, type Severity } from "@wardwire/scanner/finding";
import type { ScanOptions } from "@wardwire/scanner/options";
import { terminalReport } from "@wardwire/scanner/report/terminal";
import { ScanError, type ScanErrorCode } from "@wardwire/scanner/scan-error";
import { parseTarget } from "@wardwire/scanner/target";
import { type Baseline, noBaseline, readBaseline, writeBaseline } from "../check/baseline.ts";
import { explainCheck, listChecks } from "../check/check-list.ts";
import { progressLine } from "../check/progress-line.ts";
import { type ReportFiles, writeReports } from "../check/report-files.ts";
import { scanSettings, type TargetOptions } from "../check/scan-settings.ts";
import { CliError, type CliErrorCode } from "../cli-error.ts";
import type { Outcome } from "../exit-codes.ts";
import { type Output, printable } from "../output.ts";
import { listenForStop } from "../process/stop-request.ts";

/** The options of `wardwire check`, parsed. */
export interface CheckOptions extends TargetOptions, ReportFiles {
  readonly urls: readonly string[];
  readonly list?: boolean;
  readonly explain?: string;
  /** Whether an attack on the targets has been agreed to. */
  readonly yes?: boolean;
  readonly failOn: Severity | "never";
  readonly baseline?: string;
  readonly writeBaseline?: string;
  /** Passed and skipped checks too. */
  readonly all?: boolean;
}

/**
 * Looks at WebSocket endpoints, one after the other, and prints a report for each; `findings` when a fault is at or above
 * `--fail-on`. A target that cannot be looked at does not keep the others from it.
 *
 * @throws CliError `usage`, `configuration`; with a single target `unreachable` and `timeout`, too.
 */
export async function check(options: CheckOptions, output: Output): Promise<Outcome> {
  if (options.list || options.explain !== undefined) return tell(options.explain, output);
  if (options.urls.length === 0) throw new CliError("usage", "expected a URL such as wss://chat.example/ws, got none");
  const targets = options.urls.map(targetOf);
  const settings = await scanSettings(options, process.env);
  const baseline = options.baseline === undefined ? noBaseline : readBaseline(options.baseline);
  if (options.active && !options.yes && !(await agreed(targets, output))) return "interrupted";
  using stop = listenForStop();
  const reports: ScanReport[] = [];
  const failures: CliError[] = [];
  for (const target of targets) {
    const result = await scanOne(target, { ...settings, signal: stop.signal });
    if (stop.signal.aborted) return "interrupted";
    if (result instanceof CliError) {
      if (targets.length === 1) throw result;
      failures.push(result);
      output.record({ target, error: { code: result.code, message: result.message } });
      output.say(output.style("red", printable(result.message)));
    } else {
      reports.push(result);
      show(result, options, output);
    }
  }
  if (options.writeBaseline !== undefined) writeBaseline(options.writeBaseline, reports);
  writeReports(options, reports);
  return outcomeOf(reports, failures, options.failOn, baseline);
}

async function scanOne(target: string, options: ScanOptions): Promise<ScanReport | CliError> {
  using line = progressLine(process.stderr, () => performance.now());
  try {
    return await scan(target, { ...options, onProgress: (progress) => line.update(target, progress) });
  } catch (error) {
    if (error instanceof ScanError) return cliErrorOf(error);
    throw error;
  }
}

function show(report: ScanReport, { all = false }: CheckOptions, output: Output): void {
  output.record(report);
  const { columns } = output.json ? process.stderr : process.stdout;
  const page = { all, paint: output.style, ...(columns === undefined ? {} : { columns }) };
  for (const line of terminalReport(report, page)) output.say(line);
}

/** An attack needs somebody's word: at a terminal, or beforehand by --yes. */
async function agreed(targets: readonly string[], output: Output): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY || output.json) {
    throw new CliError("usage", "--active floods the target: expected --yes where nobody can be asked");
  }
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({
    message: `Flood ${targets.map((target) => printable(target)).join(", ")} now? You need its operator's consent.`,
    initialValue: false,
    output: process.stderr,
  });
  return !isCancel(answer) && answer;
}

/** The heaviest outcome: whoever could not be looked at, then what was found. */
function outcomeOf(
  reports: readonly ScanReport[],
  failures: readonly CliError[],
  failOn: CheckOptions["failOn"],
  baseline: Baseline,
): Outcome {
  const [failure] = failures;
  if (failure !== undefined) return failure.code;
  if (reports.some(({ complete }) => !complete)) return "timeout";
  if (failOn === "never") return "ok";
  const counts = reports.some(({ target, findings }) =>
    findings.some((finding) => isFault(finding, failOn) && !baseline.knows(target, finding)),
  );
  return counts ? "findings" : "ok";
}

/** The URL as reports show it; whatever is wrong with one is said before the first is looked at. */
function targetOf(url: string): string {
  try {
    return parseTarget(url).url;
  } catch (error) {
    if (error instanceof ScanError) throw cliErrorOf(error);
    throw error;
  }
}

const codes: { readonly [C in ScanErrorCode]: CliErrorCode } = {
  "invalid-target": "usage",
  "invalid-option": "usage",
  unreachable: "unreachable",
  "proxy-failed": "unreachable",
  timeout: "timeout",
  aborted: "interrupted",
};

function cliErrorOf(error: ScanError): CliError {
  return new CliError(codes[error.code], error.message, { cause: error });
}

/** Tells about one check, or about all of them. */
function tell(id: string | undefined, output: Output): Outcome {
  if (id === undefined) listChecks(output);
  else explainCheck(id, output);
  return "ok";
}
