import { type Check, defineCheck, type Verdict } from "../../check.ts";
import { bare } from "../../protocols/bare.ts";
import type { Conversation } from "../../protocols/protocol.ts";
import { converse } from "../../protocols/recognise.ts";
import type { Subject } from "../../subject.ts";

/** A check that the recognised protocol's exchange in text, or in binary, is answered. */
export function roundTripCheck({ id, title, kind }: RoundTrip): Check {
  return defineCheck({
    id,
    title,
    severity: "medium",
    requirements: ["RFC 6455 5.6"],
    why: "A connection that opens and then loses or garbles messages fails its users later, and harder to see.",
    mend: {
      advice: "Look at proxies between here and the server: they must pass upgrades on, and frames as they are.",
      nginx: 'proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection "upgrade";',
    },
    needs: ["websocket"],
    probe: (subject) => talk(subject, kind),
    judge: judgeTalk,
  });
}

/** What tells the two checks apart. */
interface RoundTrip {
  readonly id: string;
  readonly title: string;
  readonly kind: "text" | "binary";
}

interface Talked {
  readonly protocol: string;
  readonly conversation: Conversation | undefined;
  /** Whether this protocol must answer: it was recognised by its answer to another message, or to this one. */
  readonly isOwed: boolean;
  /** Why nothing was said. */
  readonly reason?: string;
}

async function talk({ endpoint, recognised }: Subject, kind: RoundTrip["kind"]): Promise<Talked> {
  const protocol = recognised?.protocol.name ?? "";
  const exchange = recognised?.protocol[kind];
  // Who echoes text need not echo bytes.
  const isPromised = kind === "text" || recognised?.protocol !== bare;
  const isOwed = recognised?.conversation?.recognised === true && isPromised;
  if (exchange === undefined) return { protocol, conversation: undefined, isOwed, reason: `${protocol} has none` };
  const withinMs = isOwed ? endpoint.timeoutMs : Math.min(endpoint.timeoutMs, 1_000);
  const { conversation, fault } = await converse(endpoint, exchange, { withinMs });
  return { protocol, conversation, isOwed, ...(fault !== undefined && { reason: `not opened: ${fault}` }) };
}

function judgeTalk({ protocol, conversation, isOwed, reason }: Talked): Verdict {
  if (conversation === undefined) return { status: "skipped", sent: "nothing", evidence: reason ?? "" };
  const { recognised, sent, evidence } = conversation;
  if (recognised) return { status: "pass", sent, evidence: `${protocol}: ${evidence}` };
  if (isOwed) return { status: "fail", sent, evidence: `${protocol} was answered before, and now came: ${evidence}` };
  // An endpoint of no known protocol owes nobody an echo.
  return { status: "info", sent, evidence: `no answer that is known here: ${evidence}` };
}
