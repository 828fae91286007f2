import { type Check, defineCheck } from "../../check.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const tls13: Check = defineCheck({
  id: "WW-TLS-04",
  title: "TLS 1.3 is spoken",
  severity: "low",
  requirements: ["R2", "ASVS 12.1.1", "RFC 9325 3.1.1"],
  why: "TLS 1.3 has no weak options left to choose, and only it has post-quantum key exchange.",
  mend: tlsMend("Allow TLS 1.3; OpenSSL has it since 1.1.1."),
  needs: ["tls"],
  probe: ({ endpoint }) => surveyTls(endpoint),
  judge: ({ versions }) => {
    const sent = "a ClientHello for TLS 1.3";
    return versions.includes(0x0304)
      ? { status: "pass", sent, evidence: "accepted" }
      : { status: "fail", sent, evidence: "not accepted" };
  },
});
