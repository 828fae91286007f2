import { type Check, defineCheck } from "../../check.ts";
import { tlsMend } from "./tls-mend.ts";

export const encrypted: Check = defineCheck({
  id: "WW-TLS-01",
  title: "The endpoint is reached over TLS",
  severity: "critical",
  requirements: ["R1", "ASVS 4.4.1", "ASVS 12.2.1", "RFC 6455 10.6", "CWE-319", "WSTG-CRYP-03"],
  why: "Without TLS everybody on the way reads and changes every message, and takes over the connection.",
  mend: tlsMend("Serve wss:// only, and refuse ws:// rather than redirecting it."),
  needs: [],
  probe: async ({ endpoint, tls, failure }) => ({ secure: endpoint.target.secure, tls, failure }),
  judge: ({ secure, tls, failure }) => {
    if (!secure) return { status: "fail", sent: "an opening handshake", evidence: "the target is a ws:// URL" };
    const sent = "a TLS handshake";
    if (tls !== undefined) return { status: "pass", sent, evidence: `${tls.protocol}, ${tls.cipher}` };
    return { status: "fail", sent, evidence: `no TLS: ${failure?.message ?? "unknown"}` };
  },
});
