/** What can be wrong with an audit log (AL-CHECK-2). */
export type FindingKind =
  | "edited"
  | "missing"
  | "inserted"
  | "reordered"
  | "truncated"
  | "bad-signature"
  | "unsigned-tail";

/** One thing that is wrong, and where. */
export interface AuditFinding {
  readonly file: string;
  /** Counted from 1 in its file; the last one for what concerns the end of the log. 0 where there is none. */
  readonly line: number;
  readonly what: FindingKind;
  readonly detail: string;
}

/** The first findings and the number of all, so that a file of rubbish fills no memory. */
export class Findings {
  readonly #listed: AuditFinding[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** At most {@link maxListed}, sorted by line within each file; the files in the order in which they were read. */
  listed(files: readonly string[]): readonly AuditFinding[] {
    return this.#listed.toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line);
  }

  add(finding: AuditFinding): void {
    this.#count += 1;
    if (this.#listed.length < maxListed) this.#listed.push(finding);
  }
}

/** How many findings are listed. */
export const maxListed = 1_000;
