/** How a probe ended that brought no answer. */
export type FailureKind =
  | "refused"
  | "unresolved"
  | "unreachable"
  | "timeout"
  | "reset"
  | "ended"
  | "tls"
  | "not-http"
  | "too-much"
  | "limited"
  | "proxy"
  | "aborted";

/** A probe that brought no answer; what it means is the check's to say. */
export class ProbeFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProbeFailure";
    this.kind = kind;
  }
}

/** The failure that an error of Node's sockets stands for. */
export function failureOf(error: unknown): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  const kind = kinds[code] ?? (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code) ? "tls" : "unreachable");
  const reason = error instanceof Error && "reason" in error ? ` (${String(error.reason)})` : "";
  return new ProbeFailure(kind, `${code}${reason}`, { cause: error });
}

/** Whether the other side cut the connection off, which is a way to refuse. */
export function isCutOff({ kind }: ProbeFailure): boolean {
  return kind === "ended" || kind === "reset" || kind === "tls";
}

const kinds: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "unresolved",
  EAI_AGAIN: "unresolved",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
};
