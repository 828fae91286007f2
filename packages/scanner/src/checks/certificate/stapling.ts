import { type Check, defineCheck } from "../../check.ts";
import { certificateMend } from "./certificate-mend.ts";

export const ocspStapling: Check = defineCheck({
  id: "WW-CERT-06",
  title: "How the certificate's revocation can be seen",
  severity: "info",
  requirements: ["R3", "RFC 6066 8", "ASVS 12.1.4"],
  why: "A stapled OCSP response tells clients at once that a certificate has been revoked.",
  mend: certificateMend("Staple OCSP if the authority still has OCSP; a short lifespan does as much."),
  needs: ["tls"],
  probe: async ({ tls }) => tls,
  judge: (tls) => {
    const sent = "a ClientHello with status_request";
    const access = tls?.certificate.infoAccess;
    const hasOcsp = access?.includes("OCSP") ?? false;
    const evidence = `stapled response: ${tls?.stapled ?? 0} bytes; OCSP responder in the certificate: ${hasOcsp ? "yes" : "no"}`;
    return { status: "info", sent, evidence };
  },
});
