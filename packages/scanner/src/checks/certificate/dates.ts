import { type Check, defineCheck } from "../../check.ts";
import { certificateMend } from "./certificate-mend.ts";

const dayMs = 86_400_000;
const soonDays = 14;

export const certificateDates: Check = defineCheck({
  id: "WW-CERT-03",
  title: "The certificate is valid today, and for two weeks more",
  severity: "high",
  requirements: ["R3", "ASVS 12.2.2", "RFC 5280 4.1.2.5", "CWE-298", "WSTG-CRYP-01"],
  why: "Clients refuse an expired certificate; people who are used to ignoring that refuse nothing any more.",
  mend: certificateMend("Renew the certificate, and let a program do it from now on (ACME)."),
  needs: ["tls"],
  probe: async ({ endpoint, tls }) => ({ nowMs: endpoint.settings.now(), certificate: tls?.certificate }),
  judge: ({ nowMs, certificate }) => {
    const sent = "a TLS handshake";
    const fromMs = certificate?.validFromDate.getTime() ?? Number.NaN;
    const untilMs = certificate?.validToDate.getTime() ?? Number.NaN;
    const evidence = `valid from ${certificate?.validFrom} to ${certificate?.validTo}`;
    if (!(fromMs <= nowMs && nowMs <= untilMs)) return { status: "fail", sent, evidence };
    const leftDays = Math.floor((untilMs - nowMs) / dayMs);
    if (leftDays < soonDays)
      return { status: "warn", severity: "low", sent, evidence: `${evidence}: ${leftDays} days` };
    return { status: "pass", sent, evidence };
  },
});
