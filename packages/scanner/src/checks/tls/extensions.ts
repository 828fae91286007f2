import { type Check, defineCheck } from "../../check.ts";
import { extensionIds } from "../../tls/client-hello.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const tls12Extensions: Check = defineCheck({
  id: "WW-TLS-10",
  title: "TLS 1.2 is bound by renegotiation_info and extended_master_secret",
  severity: "low",
  requirements: ["R5", "RFC 5746", "RFC 7627", "RFC 9325 3.5"],
  why: "Without these two extensions one connection can be spliced into another.",
  mend: tlsMend("Use a TLS library that is maintained; all have had both since 2015."),
  needs: ["tls"],
  probe: ({ endpoint }) => surveyTls(endpoint),
  judge: ({ hello12 }) => {
    if (hello12 === undefined) return { status: "pass", sent: "nothing", evidence: "no TLS 1.2" };
    const sent = "a ClientHello for TLS 1.2 with both";
    const missing = [
      ...(hello12.extensions.has(extensionIds.renegotiationInfo) ? [] : ["renegotiation_info"]),
      ...(hello12.extensions.has(extensionIds.extendedMasterSecret) ? [] : ["extended_master_secret"]),
    ];
    return missing.length === 0
      ? { status: "pass", sent, evidence: "the ServerHello has both" }
      : { status: "fail", sent, evidence: `missing: ${missing.join(", ")}` };
  },
});
