import { type Check, defineCheck } from "../../check.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const weakSuites: Check = defineCheck({
  id: "WW-TLS-05",
  title: "Only cipher suites with forward secrecy and AEAD are taken",
  severity: "medium",
  requirements: ["R3", "R5", "ASVS 12.1.2", "RFC 9325 4.1", "RFC 9325 4.2", "CWE-327", "WSTG-CRYP-01"],
  why: "CBC suites invite padding attacks; without forward secrecy one stolen key opens every recorded connection.",
  mend: tlsMend("List exactly the suites of Mozilla's Server Side TLS 6.0, intermediate."),
  needs: ["tls"],
  probe: ({ endpoint }) => surveyTls(endpoint),
  judge: ({ suites12, suites13 }) => {
    const all = [...suites13, ...suites12];
    const of = (strength: string): string[] => all.filter((s) => s.strength === strength).map(({ name }) => name);
    const sent = "ClientHellos that offer every suite, then those not yet chosen";
    const good = of("recommended").join(", ") || "none";
    if (of("broken").length > 0) {
      return { status: "fail", severity: "high", sent, evidence: `broken: ${of("broken").join(", ")}` };
    }
    const weak = of("weak");
    if (weak.length === 0) return { status: "pass", sent, evidence: `accepted: ${good}` };
    return { status: "fail", sent, evidence: `weak: ${weak.join(", ")}; recommended: ${good}` };
  },
});
