import type { Check } from "../../check.ts";
import { type Answer, statusLine } from "../../raw/http.ts";
import { failureOf } from "../../raw/probe-failure.ts";
import { openAs, type Subject } from "../../subject.ts";
import { ownOrigin } from "../../target.ts";

/** What is wrong with an origin; each kind has its check. */
export type OriginKind = "foreign" | "look-alike" | "null" | "scheme-or-port" | "malformed";

/** A hostile origin and what a handshake that came from it was answered. */
export interface TriedOrigin {
  readonly kind: OriginKind;
  readonly origin: string;
  readonly accepted: boolean;
  readonly outcome: string;
  /** Whether the answer sets a cookie. */
  readonly setsCookie: boolean;
}

/** Tries every hostile origin on a connection of its own; once for each endpoint. @throws ProbeFailure */
export function tryOrigins(subject: Subject): Promise<readonly TriedOrigin[]> {
  return subject.endpoint.recall("origins", () => {
    const { endpoint } = subject;
    const allowed = endpoint.settings.origin ?? ownOrigin(endpoint.target);
    return Promise.all(hostileOrigins(allowed).map((each) => tryOrigin(subject, each)));
  });
}

/** A finer check of origins, which has nothing to say where every foreign origin is accepted anyway. */
export function unlessOpenToAll(check: Check): Check {
  return {
    ...check,
    run: async (subject) => {
      const tried = await tryOrigins(subject);
      const isOpenToAll = tried.some(({ kind, accepted }) => kind === "foreign" && accepted);
      if (!isOpenToAll) return check.run(subject);
      return { status: "skipped", sent: "", evidence: "every origin is accepted: see WW-ORIGIN-01" };
    },
  };
}

/** Origins that must be refused by a server that allows `allowed`. */
export function hostileOrigins(allowed: string): readonly Pick<TriedOrigin, "kind" | "origin">[] {
  const { protocol, host, hostname, port } = new URL(allowed);
  const other = protocol === "https:" ? "http:" : "https:";
  const otherPort = port === "8444" ? "8445" : "8444";
  const of = (kind: OriginKind, ...origins: readonly string[]): Pick<TriedOrigin, "kind" | "origin">[] =>
    origins.map((origin) => ({ kind, origin }));
  return [
    ...of("foreign", "https://evil.example", "https://127.evil.example", "http://192.0.2.66"),
    ...of(
      "look-alike",
      `${protocol}//${hostname}.evil.example`,
      `${protocol}//${host}.evil.example`,
      `${protocol}//evil${host}`,
      `${protocol}//evil.example/${host}`,
      `${protocol}//sub.${host}`,
      `${protocol}//${hostname.replace(/\./, "x")}x.evil.example`,
    ),
    ...of("null", "null"),
    ...of("scheme-or-port", `${other}//${host}`, `${protocol}//${hostname}:${otherPort}`, `chrome-extension://${host}`),
    ...of(
      "malformed",
      "",
      `${protocol}//user@${host}`,
      `${protocol}//${host}:443:443`,
      `${protocol}//${host}/path`,
      `${protocol}//ev\u00efl.example`,
      `https://${"a".repeat(8_000)}.example`,
    ),
  ];
}

async function tryOrigin(
  subject: Subject,
  { kind, origin }: Pick<TriedOrigin, "kind" | "origin">,
): Promise<TriedOrigin> {
  try {
    using opened = await openAs(subject, { headers: { Origin: origin } });
    const accepted = opened.fault === undefined;
    return { kind, origin, accepted, outcome: statusLine(opened.answer), setsCookie: setsCookie(opened.answer) };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === "aborted" || failure.kind === "limited") throw failure;
    return { kind, origin, accepted: false, outcome: failure.message, setsCookie: false };
  }
}

function setsCookie({ headers }: Answer): boolean {
  return headers.some(([name]) => name.toLowerCase() === "set-cookie");
}
