import { stat } from "node:fs/promises";
import type { IntegrityKey } from "@wardwire/crypto/integrity";
import { unavailable } from "../audit-error.ts";
import { type AuditHead, checkpointEvent, verifyCheckpoint, verifyHead } from "../checkpoint.ts";
import type { AuditRecord, DecodedLine } from "../line.ts";
import { ChainCheck } from "./chain-check.ts";
import type { AuditFinding } from "./finding.ts";
import { type LineBatch, readLines } from "./read-lines.ts";

/** What an audit log is checked against. */
export interface VerifyOptions {
  /** Verifies checkpoints and the head; without keys signatures are not looked at, and a log rewritten as a whole passes. */
  readonly keys?: readonly IntegrityKey[];
  /** How far the log had come; without it, a log that was cut off behind a checkpoint passes. */
  readonly head?: AuditHead;
  /** Called after each megabyte or so. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** How far a verification has come. */
export interface VerifyProgress {
  readonly lines: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What a verification found. */
export interface AuditReport {
  /** Whether there is no finding at all. */
  readonly sound: boolean;
  readonly lines: number;
  readonly checkpoints: number;
  /** Crashes in the middle of a line that the log itself accounts for. */
  readonly recovered: number;
  /** The numbers of the first and the last line; undefined when there is none. */
  readonly from?: number;
  readonly to?: number;
  /** At most 1,000 of them. */
  readonly findings: readonly AuditFinding[];
  /** How many there are. */
  readonly findingCount: number;
}

/**
 * Checks a log of one or several files, oldest first, in bounded memory (AL-CHECK-1…8).
 *
 * @throws AuditError `audit-unavailable`, as a rejection, when a file cannot be read
 */
export async function verifyAuditFiles(files: readonly string[], options: VerifyOptions = {}): Promise<AuditReport> {
  const { check, checkpoints, from, unterminated } = await followChain(files, options);
  if (check.lines === 0) check.report("truncated", "there is no line");
  else if (unterminated || check.torn !== undefined) check.report("truncated", "the last line is not complete");
  else if (check.unsigned > 0) {
    const detail = `the last ${check.unsigned} lines have no checkpoint behind them: nothing vouches for them yet`;
    check.report("unsigned-tail", detail);
  }
  const { count } = check.findings;
  return {
    sound: count === 0,
    lines: check.lines,
    checkpoints,
    recovered: check.recovered,
    ...(from === undefined ? {} : { from }),
    ...(check.last === undefined ? {} : { to: check.last.record.seq }),
    findings: check.findings.listed(files),
    findingCount: count,
  };
}

/** Where the chain has been followed to. What a crash leaves at the end of the last file has not been reported. */
export interface FollowedChain {
  readonly check: ChainCheck;
  readonly checkpoints: number;
  /** The number of the first line; undefined when there is none. */
  readonly from?: number;
  /** Whether the last file does not end in a line feed. */
  readonly unterminated: boolean;
}

/**
 * Reads the files and reports everything that a crash does not explain.
 *
 * @throws AuditError as {@link verifyAuditFiles}
 */
export async function followChain(files: readonly string[], options: VerifyOptions): Promise<FollowedChain> {
  const follower = new Follower(options, await totalSize(files));
  for (const file of files) await follower.read(file);
  return follower.end();
}

class Follower {
  readonly #check = new ChainCheck();
  readonly #options: VerifyOptions;
  readonly #totalBytes: number;
  #bytes = 0;
  #checkpoints = 0;
  #from: number | undefined;
  #unterminated = false;
  #headSeen = false;

  constructor(options: VerifyOptions, totalBytes: number) {
    this.#options = options;
    this.#totalBytes = totalBytes;
  }

  async read(file: string): Promise<void> {
    if (this.#unterminated) this.#check.report("truncated", "the last line is not complete, and another file follows");
    this.#unterminated = false;
    this.#check.startFile(file);
    try {
      for await (const batch of readLines(file)) await this.#take(batch);
    } catch (error) {
      throw isSystemError(error) ? unavailable("read", file, error) : error;
    }
  }

  async end(): Promise<FollowedChain> {
    this.#check.end();
    if (this.#options.head !== undefined) await this.#compareHead(this.#options.head);
    const from = this.#from === undefined ? {} : { from: this.#from };
    return { check: this.#check, checkpoints: this.#checkpoints, ...from, unterminated: this.#unterminated };
  }

  async #take({ lines, rest, bytes }: LineBatch): Promise<void> {
    for (const line of lines) {
      const checked = this.#takeLine(line);
      if (checked !== undefined) await checked;
    }
    if (rest !== undefined) {
      this.#unterminated = true;
      await this.#takeLine(rest);
    }
    this.#bytes += bytes;
    this.#options.onProgress?.({ lines: this.#check.lines, bytes: this.#bytes, totalBytes: this.#totalBytes });
  }

  /** A promise only where a signature is to be checked: awaiting each line would cost more than reading it. */
  #takeLine(line: Buffer): Promise<void> | undefined {
    const checkpoint = this.#check.line(line);
    this.#from ??= this.#check.last?.record.seq;
    return checkpoint === undefined ? undefined : this.#takeCheckpoint(checkpoint);
  }

  async #takeCheckpoint({ record, hash }: DecodedLine): Promise<void> {
    this.#checkpoints += 1;
    const { keys, head } = this.#options;
    if (record.seq === head?.seq && hash === head.hash) this.#headSeen = true;
    const file = this.#check.file?.id;
    if (file !== undefined && record.fields["file"] !== file) {
      this.#check.report("bad-signature", "the checkpoint is one of another file");
    } else if (keys !== undefined && !(await verifyCheckpoint(keys, record))) {
      this.#check.report("bad-signature", `no key of those given signed this checkpoint ${keyWanted(record)}`);
    } else {
      this.#check.signed();
    }
  }

  async #compareHead(head: AuditHead): Promise<void> {
    const check = this.#check;
    const { keys } = this.#options;
    if (keys !== undefined && !(await verifyHead(keys, head))) {
      check.report("bad-signature", `no key of those given signed the head (key id ${JSON.stringify(head.keyId)})`);
      return;
    }
    const last = check.last?.record;
    if (last === undefined || head.seq > last.seq) {
      // The head of a log is that of its newest file; an older one is whole when it says itself that it ends.
      const endedByRotation = last?.event === checkpointEvent && last.fields["reason"] === "rotated";
      if (endedByRotation && head.file !== check.file?.id) return;
      check.report("truncated", `the log had come to line ${head.seq}, and ends at ${last?.seq ?? 0}`);
    } else if (!this.#headSeen && head.seq >= (this.#from ?? 0)) {
      check.report("edited", `line ${head.seq} of the log is not the checkpoint that the head names`);
    }
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function keyWanted({ fields }: AuditRecord): string {
  return `(key id ${JSON.stringify(fields["keyId"])})`;
}

async function totalSize(files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) {
    try {
      bytes += (await stat(file)).size;
    } catch (error) {
      throw unavailable("read", file, error);
    }
  }
  return bytes;
}
