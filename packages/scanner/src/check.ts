import type { CheckFacts, Finding, Severity, Status } from "./finding.ts";
import { ProbeFailure } from "./raw/probe-failure.ts";
import { isEstablished, type Subject } from "./subject.ts";

/** When a check runs: always, only when there is time to wait, or only after somebody agreed to an attack. */
export type Mode = "default" | "thorough" | "active";

/**
 * What a check cannot do without: TLS, an answered opening handshake, an open WebSocket, a token of the caller's.
 */
export type Need = "tls" | "http" | "websocket" | "token";

/** A check, ready to run. */
export interface Check extends CheckFacts {
  readonly mode: Mode;
  readonly needs: readonly Need[];
  /** Probes and judges. @throws ProbeFailure when the probe brought no answer. */
  readonly run: (subject: Subject) => Promise<Verdict>;
}

/** What a check found. */
export interface Verdict {
  readonly status: Exclude<Status, "error">;
  /** What was sent, in words. */
  readonly sent: string;
  /** What came back. */
  readonly evidence: string;
  /** Heavier or lighter than the check's own severity. */
  readonly severity?: Severity;
}

/** A check in two halves: a probe that sends and looks, and a pure judgement over what it saw. */
export interface CheckDefinition<Saw> extends CheckFacts {
  /** `default` when left out. */
  readonly mode?: Mode;
  readonly needs: readonly Need[];
  readonly probe: (subject: Subject) => Promise<Saw>;
  readonly judge: (saw: Saw, subject: Subject) => Verdict;
}

/** The check that a definition describes. */
export function defineCheck<Saw>({ probe, judge, ...facts }: CheckDefinition<Saw>): Check {
  return { mode: "default", ...facts, run: async (subject) => judge(await probe(subject), subject) };
}

/** Runs a check and makes a finding of whatever comes of it; rejects only for a fault of this program. */
export async function runCheck(check: Check, subject: Subject): Promise<Finding> {
  const lacking = check.needs.find((need) => !isMet(need, subject));
  if (lacking !== undefined) return skipped(check, lackOf(lacking, subject));
  try {
    const verdict = await check.run(subject);
    return subject.endpoint.signal.aborted ? failed(check, stopped) : findingOf(check, verdict);
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return failed(check, subject.endpoint.signal.aborted ? stopped : error.message);
  }
}

/** Connections that the end of the scan cut off look as if the server had closed them, and must not be judged. */
const stopped = "the scan was stopped before this was done";

function failed(check: Check, why: string): Finding {
  return { ...factsOf(check), status: "error", severity: "info", sent: "", evidence: why };
}

/** The finding of a check that was not run. */
export function skipped(check: Check, why: string): Finding {
  return { ...factsOf(check), status: "skipped", severity: "info", sent: "", evidence: why };
}

function findingOf(check: Check, verdict: Verdict): Finding {
  const { status, sent, evidence, severity = check.severity } = verdict;
  const counts = status === "fail" || status === "warn";
  return { ...factsOf(check), status, severity: counts ? severity : "info", sent, evidence };
}

function factsOf({ id, title, severity, requirements, why, mend }: Check): CheckFacts {
  return { id, title, severity, requirements, why, mend };
}

function isMet(need: Need, subject: Subject): boolean {
  switch (need) {
    case "tls":
      return subject.tls !== undefined;
    case "http":
      return subject.recognised !== undefined;
    case "websocket":
      return isEstablished(subject);
    case "token":
      return subject.endpoint.settings.token !== undefined;
    default:
      return need satisfies never;
  }
}

function lackOf(need: Need, { endpoint, failure, withheld }: Subject): string {
  switch (need) {
    case "tls":
      return endpoint.target.secure ? `TLS was not established: ${failure?.message}` : "the target does not speak TLS";
    case "http":
      return `no opening handshake was answered: ${failure?.message}`;
    case "websocket":
      return "no WebSocket was established";
    case "token":
      if (withheld !== undefined) return `credentials were kept back: ${withheld}`;
      return "needs a token that the endpoint accepts: --token-file or WARDWIRE_TOKEN";
    default:
      return need satisfies never;
  }
}
