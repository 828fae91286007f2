import { type Check, defineCheck } from "../../check.ts";
import { certificateMend } from "./certificate-mend.ts";

const dayMs = 86_400_000;
const mostDays = 366;

export const certificateLifespan: Check = defineCheck({
  id: "WW-CERT-05",
  title: "The certificate lives a year at most",
  severity: "low",
  requirements: ["R3", "Mozilla Server Side TLS 6.0"],
  why: "A stolen key is good for as long as its certificate, since revocation is seldom checked.",
  mend: certificateMend("Get certificates for 90 days and renew them by a program."),
  needs: ["tls"],
  probe: async ({ tls }) => tls?.certificate,
  judge: (certificate) => {
    const lifeMs = (certificate?.validToDate.getTime() ?? 0) - (certificate?.validFromDate.getTime() ?? 0);
    const days = Math.round(lifeMs / dayMs);
    const evidence = `${days} days`;
    return { status: days > mostDays ? "fail" : "pass", sent: "a TLS handshake", evidence };
  },
});
