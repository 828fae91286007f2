import { type Finding, isFault, type Mend, type Severity, severities } from "../finding.ts";
import type { ScanReport } from "../scan.ts";

/** A report as every format shows it: faults first, heaviest first, then the rest in the order of the registry. */
export interface Summary {
  readonly faults: readonly Finding[];
  /** What could not be carried out. */
  readonly errors: readonly Finding[];
  readonly remarks: readonly Finding[];
  readonly passed: readonly Finding[];
  readonly skipped: readonly Finding[];
  /** How many faults of each severity, heaviest first; severities without any are left out. */
  readonly counts: readonly (readonly [severity: Severity, count: number])[];
}

/** Sorts the findings of a report. */
export function summarise({ findings }: ScanReport): Summary {
  const heaviestFirst = severities.toReversed();
  const faults = findings
    .filter((finding) => isFault(finding, "info"))
    .toSorted((a, b) => heaviestFirst.indexOf(a.severity) - heaviestFirst.indexOf(b.severity));
  const of = (status: Finding["status"]): Finding[] => findings.filter((finding) => finding.status === status);
  const counts = heaviestFirst
    .map((severity) => [severity, faults.filter((fault) => fault.severity === severity).length] as const)
    .filter(([, count]) => count > 0);
  return { faults, errors: of("error"), remarks: of("info"), passed: of("pass"), skipped: of("skipped"), counts };
}

/** What to write to mend a fault, by the program it is written for. */
export function mendings(mend: Mend): readonly { readonly name: string; readonly snippet: string }[] {
  const named = [
    ["ws", mend.ws],
    ["Socket.IO", mend.socketio],
    ["nginx", mend.nginx],
    ["wardwire", mend.wardwire],
  ] as const;
  return named.flatMap(([name, snippet]) => (snippet === undefined ? [] : [{ name, snippet }]));
}

/** `1 high, 2 low`, or that there are none. */
export function countsInWords({ counts }: Summary): string {
  return counts.map(([severity, count]) => `${count} ${severity}`).join(", ") || "no faults";
}
