import { createHash, type Hash } from "node:crypto";
import { checkpointEvent } from "../checkpoint.ts";
import { type AuditRecord, type DecodedLine, decodeLine, noHash } from "../line.ts";
import { type FindingKind, Findings } from "./finding.ts";

/** The last line that stands where it should. */
export interface LastLine {
  readonly record: AuditRecord;
  readonly hash: string;
}

/** A file, as its first line describes it. */
export interface FileFacts {
  readonly id: string;
  readonly firstSeq: number;
  /** When it was begun. */
  readonly time: string;
}

/** Unreadable bytes at the end of what has been read, such as a crash leaves behind. */
export interface Torn {
  /** Of the unreadable lines, joined by line feeds. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Follows the chain line by line and says where it breaks (AL-CHECK-1…5). Holds the last line, the numbers it still waits for, and
 * the findings: its memory does not grow with the log. Signatures are the caller's to check.
 */
export class ChainCheck {
  readonly findings: Findings = new Findings();
  /** Lines read, and how many of them are in the chain's last stretch behind a checkpoint. */
  lines = 0;
  unsigned = 0;
  /** Unreadable stretches that a `sys_crash` line accounts for. */
  recovered = 0;
  #file = "";
  #line = 0;
  #facts: FileFacts | undefined;
  #last: LastLine | undefined;
  #nextSeq: number | undefined;
  /** Hashes the next line may name as `prev`; any when undefined. */
  #prevs: string[] | undefined;
  #gaps: Gap[] = [];
  #bad: BadLines | undefined;

  get last(): LastLine | undefined {
    return this.#last;
  }

  /** The file that is being read; undefined when its first line is not the one that opens a file. */
  get file(): FileFacts | undefined {
    return this.#facts;
  }

  /** Bytes at the end that are no line, unless they are a line that was changed. */
  get torn(): Torn | undefined {
    if (this.#bad === undefined || !this.#bad.mayBeTorn) return undefined;
    return { sha256: this.#bad.digest.copy().digest("hex"), bytes: this.#bad.bytes };
  }

  /** The lines that follow are those of another file. */
  startFile(name: string): void {
    this.#giveUpBad();
    this.#file = name;
    this.#line = 0;
    this.#facts = undefined;
  }

  /**
   * Takes the next line, without its line feed.
   *
   * @returns a checkpoint, for its signature to be checked; undefined for any other line
   */
  line(bytes: Buffer): DecodedLine | undefined {
    this.#line += 1;
    this.lines += 1;
    const decoded = decodeLine(bytes);
    if (decoded === undefined || decoded.hash !== decoded.computed) {
      this.#keepBad(bytes, decoded);
      return undefined;
    }
    this.#settleBad(decoded);
    this.#place(decoded);
    return decoded.record.event === checkpointEvent ? decoded : undefined;
  }

  /** Reports what is wrong with the line taken last, or with the file where it has none. */
  report(what: FindingKind, detail: string): void {
    this.#add(this.#line, what, detail);
  }

  /** The checkpoint taken last vouches for every line up to it. */
  signed(): void {
    this.unsigned = 0;
  }

  /** No line follows: what is still missing is reported. What {@link torn} tells of is not. */
  end(): void {
    if (this.torn === undefined) this.#giveUpBad();
    for (const gap of this.#gaps) this.#reportGap(gap);
    this.#gaps = [];
  }

  #add(line: number, what: FindingKind, detail: string): void {
    this.findings.add({ file: this.#file, line, what, detail });
  }

  #keepBad(bytes: Buffer, decoded: DecodedLine | undefined): void {
    this.#bad ??= { lines: [], digest: createHash("sha256"), bytes: 0, mayBeTorn: true, hashes: undefined };
    const bad = this.#bad;
    if (bad.lines.length > 0) bad.digest.update("\n");
    bad.digest.update(bytes);
    bad.bytes += bytes.length + (bad.lines.length > 0 ? 1 : 0);
    bad.lines.push(this.#line);
    // A write that was cut off has lost the end of its line; a line that has its end was changed.
    if (decoded !== undefined) bad.mayBeTorn = false;
    bad.hashes = decoded === undefined ? undefined : [decoded.hash, decoded.computed];
    if (bad.lines.length > maxBadLines) this.#giveUpBad();
  }

  /** Decides, from the sound line behind them, what unreadable lines are. */
  #settleBad(next: DecodedLine): void {
    const bad = this.#bad;
    if (bad === undefined) return;
    const { seq, prev } = next.record;
    if (seq !== this.#nextSeq || this.#prevs?.includes(prev) === false) {
      this.#giveUpBad(seq);
      return;
    }
    this.#bad = undefined;
    if (bad.mayBeTorn && next.record.event === crashEvent && next.record.fields["torn"] === bad.digest.digest("hex")) {
      this.recovered += 1;
      return;
    }
    for (const line of bad.lines)
      this.#add(line, "inserted", "not a line of this log, and the chain closes without it");
  }

  /** Unreadable lines stand where lines of the chain stood. */
  #giveUpBad(seqBehind: number = Number.POSITIVE_INFINITY): void {
    const bad = this.#bad;
    if (bad === undefined) return;
    this.#bad = undefined;
    for (const line of bad.lines) this.#add(line, "edited", "its bytes do not have the hash it states");
    this.unsigned += bad.lines.length;
    if (this.#nextSeq !== undefined && seqBehind >= this.#nextSeq) {
      this.#nextSeq = Math.min(this.#nextSeq + bad.lines.length, seqBehind);
    }
    this.#prevs = bad.hashes;
  }

  #place(line: DecodedLine): void {
    const { record } = line;
    const next = this.#nextSeq ?? this.#checkBeginning(record);
    this.#checkOpening(record);
    this.unsigned += 1;
    if (record.seq < next) {
      this.#placeEarlier(line);
      return;
    }
    if (record.seq > next) this.#openGap({ file: this.#file, line: this.#line, from: next, to: record.seq - 1 });
    else if (this.#prevs?.includes(record.prev) === false) {
      const at = Math.max(1, this.#line - 1);
      this.#add(at, "edited", `the line behind it does not follow from it: one of the two was rewritten`);
    }
    this.#last = { record, hash: line.hash };
    this.#nextSeq = record.seq + 1;
    this.#prevs = [line.hash];
  }

  /** The very first line: nothing precedes line 1 of a log; of a later one the file before may not have been given. */
  #checkBeginning({ seq, prev }: AuditRecord): number {
    if (seq === 1 && prev !== noHash) this.#add(this.#line, "edited", "the first line of a log names a line before it");
    return seq;
  }

  /** Each file begins with a line that says so, and has no other. */
  #checkOpening({ event, fields, seq, time }: AuditRecord): void {
    const opens = event === openedEvent;
    const isFirst = this.#line === 1;
    if (opens && isFirst) this.#facts = { id: String(fields["file"]), firstSeq: seq, time };
    else if (opens) this.#add(this.#line, "inserted", "a file begins here, inside of another");
    else if (isFirst) this.#add(this.#line, "missing", "the file does not begin with the line that opens a file");
  }

  #placeEarlier({ record: { seq }, hash }: DecodedLine): void {
    const index = this.#gaps.findIndex(({ from, to }) => from <= seq && seq <= to);
    const gap = this.#gaps[index];
    if (gap === undefined) {
      this.#add(this.#line, "inserted", `there is a line ${seq} already`);
      // It may be the one the next line follows from, and the earlier one the insertion.
      this.#prevs?.push(hash);
      return;
    }
    this.#add(this.#line, "reordered", `line ${seq} of the log stands behind line ${gap.to + 1}`);
    const parts = [
      { ...gap, to: seq - 1 },
      { ...gap, from: seq + 1 },
    ].filter(({ from, to }) => from <= to);
    this.#gaps.splice(index, 1, ...parts);
  }

  #openGap(gap: Gap): void {
    if (this.#gaps.length < maxGaps) this.#gaps.push(gap);
    else this.#reportGap(gap);
  }

  #reportGap({ file, line, from, to }: Gap): void {
    const detail =
      from === to ? `line ${from} of the log is missing before it` : `lines ${from} to ${to} are missing before it`;
    this.findings.add({ file, line, what: "missing", detail });
  }
}

/** Opens a file. */
export const openedEvent = "audit_opened";
/** Says that the process before ended without closing the log, and accounts for what it left unfinished. */
export const crashEvent = "sys_crash";

/** Numbers that have not come yet. */
interface Gap {
  readonly file: string;
  /** Where it was noticed. */
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

/** Lines that cannot be read, before it is known what they are. */
interface BadLines {
  readonly lines: number[];
  readonly digest: Hash;
  bytes: number;
  mayBeTorn: boolean;
  /** What the last of them states and what it has, where it still has the form of a line. */
  hashes: string[] | undefined;
}

/** Each crash while recovering from a crash leaves one more; more than these are no crashes. */
const maxBadLines = 16;
const maxGaps = 1_000;
