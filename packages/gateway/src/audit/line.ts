/**
 * One line of an audit log (AL-LINE-1…5): the canonical JSON (RFC 8785) of a record, and behind its last member the SHA-256
 * of every byte before. As the record holds the hash of the line before it, the lines form a chain.
 */
import { hash } from "node:crypto";
import { canonicalJson } from "@wardwire/contract/canonical-json";
import type { CleanFields } from "./clean-fields.ts";

/** What a line says. */
export interface AuditRecord {
  readonly event: string;
  readonly fields: CleanFields;
  readonly level: string;
  /** The hash of the line before; {@link noHash} in the first line of a log. */
  readonly prev: string;
  /** 1 in the first line of a log, then one more with each line, also across files. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
}

/** A line as it is written, with its line feed, and its hash. */
export interface EncodedLine {
  readonly text: string;
  readonly hash: string;
}

/** A line as it was read. */
export interface DecodedLine {
  readonly record: AuditRecord;
  /** The hash it states. */
  readonly hash: string;
  /** The hash its bytes have. */
  readonly computed: string;
}

/** Stands where there is no line before. */
export const noHash: string = "0".repeat(64);

/** The most bytes of a line that is read; those written are shorter. */
export const maxLineBytes = 65_536;

/** Writes a record and its hash. */
export function encodeLine(record: AuditRecord): EncodedLine {
  const head = canonicalJson(record).slice(0, -1);
  const digest = sha256(head);
  return { text: `${head}${hashMember}${digest}"}\n`, hash: digest };
}

/** Reads a line without its line feed; undefined when it is none of ours. Whether `hash` and `computed` agree is for the caller. */
export function decodeLine(bytes: Buffer): DecodedLine | undefined {
  const end = bytes.length - tailBytes;
  if (end < 1 || bytes.length > maxLineBytes) return undefined;
  const tail = bytes.toString("latin1", end);
  if (!tail.startsWith(hashMember)) return undefined;
  const record = parseRecord(`${bytes.toString("utf8", 0, end)}}`);
  const stated = tail.slice(hashMember.length, -2);
  if (record === undefined || !isHash(stated) || !tail.endsWith('"}')) return undefined;
  return { record, hash: stated, computed: sha256(bytes.subarray(0, end)) };
}

/** SHA-256 in hexadecimal. */
export function sha256(data: string | Buffer): string {
  return hash("sha256", data, "hex");
}

const hashMember = ',"hash":"';
/** `,"hash":"`, 64 characters, `"}`. */
const tailBytes = hashMember.length + 64 + 2;

function parseRecord(text: string): AuditRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== "object" || value === null) return false;
  const { event, fields, level, prev, seq, time } = value as { readonly [K in keyof AuditRecord]?: unknown };
  return (
    [event, level, time].every((text) => typeof text === "string") &&
    typeof fields === "object" &&
    fields !== null &&
    isHash(prev) &&
    Number.isSafeInteger(seq) &&
    (seq as number) >= 1
  );
}

function isHash(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
