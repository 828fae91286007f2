import { type Check, defineCheck } from "../../check.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const weakGroups: Check = defineCheck({
  id: "WW-TLS-06",
  title: "Key exchange uses strong groups only",
  severity: "low",
  requirements: ["R3", "ASVS 11.6.2", "RFC 9325 4.4"],
  why: "Small or unusual curves are less examined, and slower, than X25519, P-256 and P-384.",
  mend: tlsMend("List X25519MLKEM768, X25519, P-256 and P-384."),
  needs: ["tls"],
  probe: ({ endpoint }) => surveyTls(endpoint),
  judge: ({ groups }) => {
    const names = groups.map(({ name }) => name).join(", ") || "none";
    const sent = "a ClientHello for each group";
    const weak = groups.filter(({ kind }) => kind === "weak").map(({ name }) => name);
    if (weak.length > 0) return { status: "fail", sent, evidence: `weak: ${weak.join(", ")}; accepted: ${names}` };
    const isExact = groups.every(({ kind }) => kind !== "other");
    return { status: isExact ? "pass" : "info", sent, evidence: `accepted: ${names}` };
  },
});
