import { checkTarget, type RevocationTarget } from "./target.ts";

/** One revocation as the cluster keeps it. */
export interface Revocation {
  readonly target: RevocationTarget;
  /** Milliseconds since 1970: every credential it can concern has expired then. */
  readonly untilMs: number;
  /** Which gateway process made it. */
  readonly by: string;
}

/** As JSON in UTF-8; `decodeRevocation` reads it. */
export function encodeRevocation(revocation: Revocation): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(revocation));
}

/** Undefined for anything else than a revocation: the engine is not trusted to hold only ours. */
export function decodeRevocation(bytes: Uint8Array): Revocation | undefined {
  try {
    const { target, untilMs, by } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Revocation;
    checkTarget(target);
    return Number.isSafeInteger(untilMs) ? { target, untilMs, by } : undefined;
  } catch {
    return undefined;
  }
}
