/** Signatures of an audit log: of checkpoint lines, and of the head that is kept outside of the file (AL-SIGN-1…4). */
import { canonicalJson } from "@wardwire/contract/canonical-json";
import { type IntegrityKey, sign, verify } from "@wardwire/crypto/integrity";
import type { AuditRecord } from "./line.ts";

/** Why a checkpoint was written; `rotated` and `closed` also mean that the file ends there on purpose. */
export type CheckpointReason = "opened" | "lines" | "time" | "rotated" | "closed";

/** The event of a checkpoint's line. */
export const checkpointEvent = "audit_checkpoint";

/** How far a log had come at its last checkpoint; the content of the head file. */
export interface AuditHead {
  /** The id of the file, as its first line has it. */
  readonly file: string;
  /** Hash of the checkpoint's line. */
  readonly hash: string;
  readonly keyId: string;
  readonly mac: string;
  readonly seq: number;
}

/** A checkpoint's record with its signature, over everything else in it. */
export async function signCheckpoint(key: IntegrityKey, record: AuditRecord): Promise<AuditRecord> {
  const fields = { ...record.fields, keyId: key.keyId };
  const { mac } = await sign(key, checkpointContext, canonicalBytes({ ...record, fields }));
  return { ...record, fields: { ...fields, mac } };
}

/** Whether one of `keys` signed this record. */
export async function verifyCheckpoint(keys: readonly IntegrityKey[], record: AuditRecord): Promise<boolean> {
  const { mac, ...fields } = record.fields;
  const { keyId } = fields;
  if (typeof mac !== "string" || typeof keyId !== "string") return false;
  const message = tryCanonicalBytes({ ...record, fields });
  return message !== undefined && verify(keys, checkpointContext, message, { keyId, mac });
}

/** The signed head for a checkpoint that has been written. */
export async function signHead(key: IntegrityKey, at: Pick<AuditHead, "file" | "hash" | "seq">): Promise<AuditHead> {
  return { ...at, ...(await sign(key, headContext, canonicalBytes(at))) };
}

/** Whether one of `keys` signed this head. */
export function verifyHead(keys: readonly IntegrityKey[], head: AuditHead): Promise<boolean> {
  const { file, hash, seq } = head;
  return verify(keys, headContext, canonicalBytes({ file, hash, seq }), head);
}

const checkpointContext = "wardwire audit checkpoint v1";
const headContext = "wardwire audit head v1";

function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

/** What was read from a file may be JSON for which there is no canonical form. */
function tryCanonicalBytes(value: unknown): Uint8Array | undefined {
  try {
    return canonicalBytes(value);
  } catch {
    return undefined;
  }
}
