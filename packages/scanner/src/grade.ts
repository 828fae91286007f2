import { type Finding, isFault, type Severity } from "./finding.ts";

/** A school mark; the rubric is in {@link gradeOf} and in docs/guide/20-check.md. */
export type Grade = "A+" | "A" | "B" | "C" | "D" | "E" | "F";

/**
 * The mark for a list of findings:
 *
 * | mark | faults |
 * |---|---|
 * | A+ | none |
 * | A | at most 3 low |
 * | B | more than 3 low, or 1 medium |
 * | C | 2 or more medium |
 * | D | 1 high |
 * | E | 2 or more high |
 * | F | any critical |
 */
export function gradeOf(findings: readonly Finding[]): Grade {
  const count = (severity: Severity): number =>
    findings.filter((each) => isFault(each) && each.severity === severity).length;
  if (count("critical") > 0) return "F";
  if (count("high") > 0) return count("high") > 1 ? "E" : "D";
  if (count("medium") > 0) return count("medium") > 1 ? "C" : "B";
  if (count("low") > 0) return count("low") > 3 ? "B" : "A";
  return "A+";
}
