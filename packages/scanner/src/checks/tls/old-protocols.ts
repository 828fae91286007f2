import { type Check, defineCheck } from "../../check.ts";
import { protocolNames } from "../../tls/names.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const oldProtocols: Check = defineCheck({
  id: "WW-TLS-03",
  title: "SSL 2.0, SSL 3.0, TLS 1.0 and TLS 1.1 are refused",
  severity: "high",
  requirements: ["R2", "ASVS 12.1.1", "RFC 8996", "RFC 9325 3.1.1", "CWE-326", "WSTG-CRYP-01"],
  why: "Old versions rest on MD5 and SHA-1 and on padding that has been attacked again and again.",
  mend: tlsMend("Allow TLS 1.2 and TLS 1.3 only."),
  needs: ["tls"],
  probe: ({ endpoint }) => surveyTls(endpoint),
  judge: ({ versions }) => {
    const names = versions.map((version) => protocolNames[version] ?? `0x${version.toString(16)}`);
    const old = names.filter((_, at) => (versions[at] ?? 0) < 0x0303);
    const sent = "a ClientHello for each version";
    if (old.length > 0) return { status: "fail", sent, evidence: `accepted: ${names.join(", ")}` };
    return { status: "pass", sent, evidence: `accepted only: ${names.join(", ")}` };
  },
});
