import { type Check, runCheck, skipped } from "./check.ts";
import { checks } from "./checks/registry.ts";
import { Endpoint } from "./endpoint.ts";
import type { Finding } from "./finding.ts";
import { type Grade, gradeOf } from "./grade.ts";
import { ProbeFailure } from "./raw/probe-failure.ts";
import { redactor } from "./redactor.ts";
import { ScanError } from "./scan-error.ts";
import { resolveOptions, type ScanOptions, type Settings } from "./scan-options.ts";
import { isEstablished, meet, type Subject } from "./subject.ts";
import { parseTarget } from "./target.ts";

/** What was found out about one target. */
export interface ScanReport {
  /** The target's URL. */
  readonly target: string;
  /** The mark; null when no WebSocket was established, or too little could be looked at, to give one. */
  readonly grade: Grade | null;
  /** What the endpoint speaks, such as `Socket.IO`; null when no opening handshake was answered. */
  readonly protocol: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** False when the time was over before every check was done. */
  readonly complete: boolean;
  /** One for each check, in the order of the registry. */
  readonly findings: readonly Finding[];
}

/**
 * Looks at one WebSocket endpoint. It is safe by default: nothing is sent that a sound server would notice in its load.
 *
 * @param target a URL: `wss:`, `ws:`, `https:` or `http:`.
 * @throws ScanError `invalid-target` and `invalid-option` before anything is sent; `unreachable` when no connection could
 *   be made, `proxy-failed` when the proxy made none; `timeout` when the endpoint never answered; `aborted` by `signal`.
 */
export async function scan(target: string, options: ScanOptions = {}): Promise<ScanReport> {
  const settings = resolveOptions(options);
  const parsed = parseTarget(target);
  const chosen = new Set(checks.filter(isChosen(settings)));
  if (chosen.size === 0)
    throw new ScanError("invalid-option", "only, skip: expected ids that leave at least one check");
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener("abort", stop, { once: true });
  const deadline = setTimeout(stop, settings.timeoutMs);
  const startedAt = settings.now();
  const began = performance.now();
  try {
    const endpoint = new Endpoint(parsed, settings, controller.signal);
    const subject = await firstContact(endpoint);
    const findings = await runAll(subject, chosen, settings, options.onProgress);
    if (options.signal?.aborted) throw new ScanError("aborted", "the scan was stopped");
    return {
      target: parsed.url,
      grade: isEstablished(subject) && !controller.signal.aborted ? gradeOf(findings) : null,
      protocol: subject.recognised?.protocol.name ?? null,
      startedAt,
      durationMs: Math.round(performance.now() - began),
      complete: !controller.signal.aborted,
      findings,
    };
  } catch (error) {
    if (options.signal?.aborted) throw new ScanError("aborted", "the scan was stopped", { cause: error });
    throw error instanceof ProbeFailure ? scanErrorOf(error, parsed.url, settings) : error;
  } finally {
    clearTimeout(deadline);
    options.signal?.removeEventListener("abort", stop);
    controller.abort();
  }
}

async function firstContact(endpoint: Endpoint): Promise<Subject> {
  const subject = await meet(endpoint);
  // Whoever never says a word is no more there than whoever cannot be connected to.
  if (subject.tls === undefined && subject.failure?.kind === "timeout") throw subject.failure;
  return subject;
}

async function runAll(
  subject: Subject,
  chosen: ReadonlySet<Check>,
  settings: Settings,
  onProgress: ScanOptions["onProgress"],
): Promise<Finding[]> {
  const redact = redactor(settings);
  let done = 0;
  const run = async (check: Check): Promise<Finding> => {
    const found = chosen.has(check) ? await runInMode(check, subject) : skipped(check, "not among the chosen checks");
    const finding = { ...found, sent: redact(found.sent), evidence: redact(found.evidence) };
    done += 1;
    onProgress?.({ done, total: checks.length, finding });
    return finding;
  };
  const isAttack = ({ mode }: Check): boolean => mode === "active";
  const findings = new Map<Check, Finding>();
  await Promise.all(
    checks.filter((check) => !isAttack(check)).map(async (check) => findings.set(check, await run(check))),
  );
  // Attacks come last and one by one, so that none of them decides what another check sees.
  for (const check of checks.filter(isAttack)) findings.set(check, await run(check));
  return checks.flatMap((check) => findings.get(check) ?? []);
}

async function runInMode(check: Check, subject: Subject): Promise<Finding> {
  const { thorough, dangerouslyActive } = subject.endpoint.settings;
  if (check.mode === "thorough" && !thorough) return skipped(check, "slow: only with --thorough");
  if (check.mode === "active" && !dangerouslyActive) return skipped(check, "an attack: only with --active");
  return runCheck(check, subject);
}

function isChosen({ only, skip }: Settings): (check: Check) => boolean {
  const matches = (ids: readonly string[], { id }: Check): boolean =>
    ids.some((each) => id === each || id.startsWith(`${each}-`));
  return (check) => (only.length === 0 || matches(only, check)) && !matches(skip, check);
}

function scanErrorOf(failure: ProbeFailure, url: string, { timeoutMs }: Settings): ScanError {
  const cause = { cause: failure };
  if (failure.kind === "aborted") return new ScanError("timeout", `${url}: no answer within ${timeoutMs} ms`, cause);
  if (failure.kind === "timeout") return new ScanError("timeout", `${url}: ${failure.message}`, cause);
  if (failure.kind === "proxy") return new ScanError("proxy-failed", `${url}: ${failure.message}`, cause);
  return new ScanError("unreachable", `${url}: cannot connect: ${failure.message}; check host and port`, cause);
}
