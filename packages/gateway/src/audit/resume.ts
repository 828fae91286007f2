import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { IntegrityKey } from "@wardwire/crypto/integrity";
import { AuditError, systemErrorCode, unavailable } from "./audit-error.ts";
import { type AuditHead, checkpointEvent } from "./checkpoint.ts";
import { headPath, readHead, rotatedSuffix } from "./file/head-file.ts";
import { maxLineBytes, noHash } from "./line.ts";
import type { FileFacts, Torn } from "./verify/chain-check.ts";
import { type FollowedChain, followChain } from "./verify/verify.ts";

/** Where the chain stands that a log on disk goes on from. */
export interface ChainPosition {
  /** The number of the next line. */
  readonly seq: number;
  /** What it follows. */
  readonly prev: string;
  /** The file it goes into; undefined when that has not been begun. */
  readonly file?: FileFacts;
  /** What the process before left behind when it ended without closing the log. */
  readonly crash?: Crash;
}

/** How the process before ended. */
export interface Crash {
  /** Lines behind the last checkpoint: they are taken over as they are, although nothing vouched for them. */
  readonly unsigned: number;
  readonly torn?: Torn;
  /** Whether the file ends in the middle of a line. */
  readonly unterminated: boolean;
}

/**
 * Reads the log at `path` from the beginning of its newest file and says where it goes on (AL-OPEN-1…4).
 *
 * @throws AuditError `audit-broken`, as a rejection, for a log that is not as it was written, `audit-unavailable` for one that
 *   cannot be read
 */
export async function resumePosition(path: string, keys: readonly IntegrityKey[]): Promise<ChainPosition> {
  const head = await readHead(headPath(path));
  if (await isBegun(path)) return positionIn(path, await follow(path, keys, head), head);
  const position = await positionBehind(path, keys, head);
  // What the first write of a new file left when it was cut off; nothing had been recorded in it.
  await rm(path, { force: true });
  return position;
}

/** Where a log goes on that has no file of its own name: behind what rotation left, or at the beginning. */
async function positionBehind(
  path: string,
  keys: readonly IntegrityKey[],
  head: AuditHead | undefined,
): Promise<ChainPosition> {
  const before = await newestRotated(path);
  if (before === undefined) {
    if (head !== undefined) throw broken(path, `the head says line ${head.seq}, and there is no file`);
    return { seq: 1, prev: noHash };
  }
  const { last, file } = (await follow(before, keys, head)).check;
  // The head moves on once a new file has been begun.
  if (head === undefined || head.file !== file?.id) throw broken(path, "the head is of a file that is not there");
  if (last?.record.fields["reason"] !== "rotated") throw broken(before, "it does not end where rotation ends a file");
  return { seq: last.record.seq + 1, prev: last.hash };
}

async function follow(
  path: string,
  keys: readonly IntegrityKey[],
  head: AuditHead | undefined,
): Promise<FollowedChain> {
  const chain = await followChain([path], { keys, ...(head === undefined ? {} : { head }) });
  const [first] = chain.check.findings.listed([path]);
  if (first !== undefined) throw broken(path, `line ${first.line}: ${first.what}, ${first.detail}`);
  return chain;
}

function positionIn(path: string, { check, unterminated }: FollowedChain, head: AuditHead | undefined): ChainPosition {
  const { last, file, torn, unsigned } = check;
  if (last === undefined || file === undefined) throw broken(path, "it has no first line");
  if (head === undefined && check.lines > linesBeforeHead) throw broken(path, `its head ${headPath(path)} is missing`);
  const position = { seq: last.record.seq + 1, prev: last.hash, file };
  const { event, fields } = last.record;
  const closed = event === checkpointEvent && (fields["reason"] === "closed" || fields["reason"] === "rotated");
  if (closed && torn === undefined && !unterminated) return position;
  return { ...position, crash: { unsigned, unterminated, ...(torn === undefined ? {} : { torn }) } };
}

/** The line that opens a file and its checkpoint; a process may end before it has written the head for them. */
const linesBeforeHead = 2;

function broken(path: string, why: string): AuditError {
  const advice = "keep it for an investigation and move it away with its head and lock to begin a new log";
  return new AuditError("audit-broken", `the audit log ${path} is not as it was written (${why}): ${advice}`);
}

/** Whether there is a file with at least one line, or with more than could be the beginning of one. */
async function isBegun(path: string): Promise<boolean> {
  try {
    const { size } = await stat(path);
    return size > maxLineBytes || (await readFile(path)).includes(lineFeed);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw unavailable("read", path, error);
  }
}

const lineFeed = 10;

async function newestRotated(path: string): Promise<string | undefined> {
  const name = basename(path);
  const names = await readdir(dirname(path)).catch((error: unknown) => {
    throw unavailable("read the folder of", path, error);
  });
  const rotated = names.filter((each) => each.startsWith(`${name}.`) && rotatedSuffix.test(each.slice(name.length)));
  const newest = rotated
    .filter((each) => each.length === name.length + suffixLength)
    .sort()
    .at(-1);
  return newest === undefined ? undefined : join(dirname(path), newest);
}

/** A dot and 16 digits. */
const suffixLength = 17;
