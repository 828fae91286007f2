import { type Check, defineCheck, type Verdict } from "../../check.ts";
import type { CheckFacts, Mend } from "../../finding.ts";
import { type OriginKind, type TriedOrigin, tryOrigins, unlessOpenToAll } from "./hostile-origins.ts";

/** What the checks of hostile origins have in common. */
interface OriginFacts extends Pick<CheckFacts, "id" | "title" | "severity" | "requirements" | "why"> {
  readonly kind: OriginKind;
}

/**
 * A check of one kind of hostile origin. Where every foreign origin is accepted anyway, the finer checks have nothing to
 * say. With cookies in play an accepted origin is a way to act as the user: critical (CWE-1385).
 */
export function originCheck({ kind, ...facts }: OriginFacts): Check {
  const check = defineCheck({
    ...facts,
    mend: originMend,
    needs: ["websocket"],
    probe: async (subject) => ({
      tried: await tryOrigins(subject),
      hasCookie: subject.endpoint.settings.cookie !== undefined,
    }),
    judge: ({ tried, hasCookie }) => judgeOrigins(facts, kind, tried, hasCookie),
  });
  return kind === "foreign" ? check : unlessOpenToAll(check);
}

function judgeOrigins(
  { severity }: Pick<CheckFacts, "severity">,
  kind: OriginKind,
  tried: readonly TriedOrigin[],
  hasCookie: boolean,
): Verdict {
  const ofKind = tried.filter((each) => each.kind === kind);
  const sent = `handshakes with Origin: ${ofKind.map(({ origin }) => shown(origin)).join(", ")}`;
  const accepted = ofKind.filter((each) => each.accepted);
  if (accepted.length === 0) {
    return {
      status: "pass",
      sent,
      evidence: ofKind.map((each) => `${shown(each.origin)}: ${each.outcome}`).join("; "),
    };
  }
  const withCookies = hasCookie || accepted.some(({ setsCookie }) => setsCookie);
  const evidence = `accepted: ${accepted.map(({ origin }) => shown(origin)).join(", ")}`;
  const isCritical = withCookies && severity === "high";
  return {
    status: "fail",
    severity: isCritical ? "critical" : severity,
    sent,
    evidence: withCookies ? `${evidence}; cookies are in play` : evidence,
  };
}

/** An origin as evidence: long ones shortened. */
function shown(origin: string): string {
  if (origin === "") return "(empty)";
  return origin.length > 80 ? `${origin.slice(0, 20)}… (${origin.length} characters)` : origin;
}

/** Where the usual programs check origins. */
export const originMend: Mend = {
  advice:
    "Compare Origin with a list of whole origins, scheme, host and port, before anything else; null is never in it.",
  ws: 'server.on("upgrade", (q, s, h) => origins.has(q.headers.origin) ? wss.handleUpgrade(q, s, h, open) : s.destroy());',
  socketio: "allowRequest: (q, done) => done(null, origins.has(q.headers.origin)) // `cors` does not cover WebSockets",
  nginx: 'map $http_origin $ok { default 0; "https://chat.example" 1; }\nif ($ok = 0) { return 403; }',
  wardwire: 'allowedOrigins: ["https://chat.example"]',
};
