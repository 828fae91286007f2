import { isIP } from "node:net";
import { type Check, defineCheck } from "../../check.ts";
import { certificateMend } from "./certificate-mend.ts";

export const certificateName: Check = defineCheck({
  id: "WW-CERT-02",
  title: "The certificate names the target",
  severity: "high",
  requirements: ["R3", "ASVS 12.2.2", "RFC 9525", "CWE-297", "WSTG-CRYP-01"],
  why: "A certificate for another name is no proof of who answers.",
  mend: certificateMend("Get a certificate with the host as subject alternative name."),
  needs: ["tls"],
  probe: async ({ endpoint, tls }) => ({ host: endpoint.target.host, certificate: tls?.certificate }),
  judge: ({ host, certificate }) => {
    const names = certificate?.subjectAltName ?? "none";
    const options = { subject: "never" } as const;
    const match = isIP(host) === 0 ? certificate?.checkHost(host, options) : certificate?.checkIP(host);
    const sent = "a TLS handshake";
    const evidence = `subject alternative names: ${names}`;
    return { status: match === undefined ? "fail" : "pass", sent, evidence };
  },
});
