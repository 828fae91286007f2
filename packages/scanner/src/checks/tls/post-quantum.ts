import { type Check, defineCheck } from "../../check.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const postQuantum: Check = defineCheck({
  id: "WW-TLS-07",
  title: "A post-quantum key exchange is offered",
  severity: "low",
  requirements: ["R4", "ASVS 11.2.2", "FIPS 203"],
  why: "Traffic recorded today can be decrypted by a quantum computer later, unless ML-KEM took part in the key.",
  mend: tlsMend("Allow the group X25519MLKEM768: OpenSSL 3.5 or later has it, and Node since 24."),
  needs: ["tls"],
  probe: async ({ endpoint, tls }) => ({ usual: tls?.group, survey: await surveyTls(endpoint) }),
  judge: ({ usual, survey }) => {
    const hybrid = survey.groups.filter(({ kind }) => kind === "hybrid").map(({ name }) => name);
    const sent = "a ClientHello for each group";
    if (hybrid.length === 0) return { status: "fail", sent, evidence: "no hybrid group accepted" };
    const chosen = usual === undefined ? "" : `; a usual client gets ${usual}`;
    return { status: "pass", sent, evidence: `accepted: ${hybrid.join(", ")}${chosen}` };
  },
});
