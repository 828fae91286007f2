import { type Check, defineCheck } from "../../check.ts";
import { enableConnectProtocol, exchangeSettings, isAnsweredWith200 } from "../../raw/http2.ts";
import type { Subject } from "../../subject.ts";
import { readSettings } from "../handshake/http2.ts";
import { unlessOpenToAll } from "./hostile-origins.ts";
import { originMend } from "./origin-check.ts";

const origins = ["https://evil.example", "null"] as const;

export const originOverHttp2: Check = unlessOpenToAll(
  defineCheck({
    id: "WW-ORIGIN-09",
    title: "A foreign origin is refused over HTTP/2 as well",
    severity: "high",
    requirements: ["R14", "R19", "RFC 8441 5", "CWE-1385", "WSTG-CLNT-10"],
    why: "Browsers choose HTTP/2 by themselves; a check that guards only the upgrade of HTTP/1.1 is not asked.",
    mend: { ...originMend, advice: "Let extended CONNECT pass the same origin check as the upgrade, or turn it off." },
    needs: ["tls", "websocket"],
    probe: async (subject) => {
      const settings = await readSettings(subject);
      if (settings?.get(enableConnectProtocol) !== 1) return undefined;
      return Promise.all(origins.map(async (origin) => ({ origin, accepted: await isAccepted(subject, origin) })));
    },
    judge: (tried) => {
      if (tried === undefined) return { status: "pass", sent: "nothing", evidence: "no WebSockets over HTTP/2" };
      const sent = `extended CONNECT with Origin: ${origins.join(", ")}`;
      const accepted = tried.filter((each) => each.accepted).map(({ origin }) => origin);
      const evidence = accepted.length === 0 ? "refused" : `accepted: ${accepted.join(", ")}`;
      return { status: accepted.length === 0 ? "pass" : "fail", sent, evidence };
    },
  }),
);

async function isAccepted({ endpoint }: Subject, origin: string): Promise<boolean> {
  const { authority, path } = endpoint.target;
  using stream = await endpoint.tls({ ALPNProtocols: ["h2"] });
  await exchangeSettings(stream, endpoint.timeoutMs);
  const headers = [
    [":method", "CONNECT"],
    [":protocol", "websocket"],
    [":scheme", "https"],
    [":path", path.slice(0, 126)],
    [":authority", authority.slice(0, 126)],
    ["origin", origin],
    ["sec-websocket-version", "13"],
  ] as const;
  return await isAnsweredWith200(stream, headers, Math.min(endpoint.timeoutMs, 2_000));
}
