import { type Check, defineCheck } from "../../check.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const tlsCompression: Check = defineCheck({
  id: "WW-TLS-09",
  title: "TLS does not compress",
  severity: "medium",
  requirements: ["R5", "RFC 9325 3.3", "CWE-310", "WSTG-CRYP-01"],
  why: "Compression below encryption tells an attacker who can add text what secrets stand next to it (CRIME).",
  mend: tlsMend("Turn TLS compression off (SSL_OP_NO_COMPRESSION)."),
  needs: ["tls"],
  probe: ({ endpoint }) => surveyTls(endpoint),
  judge: ({ compression }) => {
    const sent = "a ClientHello that offers DEFLATE";
    return compression
      ? { status: "fail", sent, evidence: "the server chose DEFLATE" }
      : { status: "pass", sent, evidence: "not chosen" };
  },
});
