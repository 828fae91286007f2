import { type Check, defineCheck } from "../../check.ts";
import { certificateMend } from "./certificate-mend.ts";

/** What other checks tell about. */
const ofOtherChecks: readonly string[] = ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "ERR_TLS_CERT_ALTNAME_INVALID"];

export const trustedChain: Check = defineCheck({
  id: "WW-CERT-01",
  title: "The certificate's chain leads to a trusted authority",
  severity: "high",
  requirements: ["R3", "ASVS 12.2.2", "RFC 5280 6", "CWE-295", "WSTG-CRYP-01"],
  why: "Users who must click warnings away cannot tell the server from somebody who answers in its place.",
  mend: certificateMend(
    "Get a certificate from an authority clients trust and send the whole chain; or pass --ca FILE.",
  ),
  needs: ["tls"],
  probe: async ({ tls }) => tls,
  judge: (tls) => {
    const sent = "a TLS handshake";
    const issuer = tls?.certificate.issuer.replaceAll("\n", ", ") ?? "";
    const error = tls?.verification;
    if (error !== undefined && !ofOtherChecks.includes(error)) {
      return { status: "fail", sent, evidence: `${error}; ${tls?.chainLength} certificates sent; issuer ${issuer}` };
    }
    return { status: "pass", sent, evidence: `issuer ${issuer}` };
  },
});
