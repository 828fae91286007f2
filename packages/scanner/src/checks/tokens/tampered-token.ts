import { type Check, defineCheck } from "../../check.ts";
import { admit, admitStranger, letIn } from "./admission.ts";
import { tamper } from "./forged-tokens.ts";
import { tokenMend } from "./token-mend.ts";

export const tamperedToken: Check = defineCheck({
  id: "WW-TOKEN-04",
  title: "A token with a broken signature is not accepted",
  severity: "critical",
  requirements: ["R37", "ASVS 9.1.1", "RFC 8725 3.3", "CWE-347", "WSTG-SESS-10"],
  why: "A server that decodes tokens without verifying them believes whatever a client writes.",
  mend: tokenMend("Verify the signature of every token; decoding is not verifying."),
  needs: ["websocket", "token"],
  probe: async (subject) => {
    const token = tamper(subject.endpoint.settings.token ?? "");
    if (token === undefined) return undefined;
    const [stranger, tampered] = await Promise.all([
      admitStranger(subject),
      admit(subject, { anonymous: true, token }),
    ]);
    return { stranger, tampered };
  },
  judge: (saw) => {
    const sent = "the token with another signature";
    if (saw === undefined) return { status: "skipped", sent, evidence: "the token is no signed JSON Web Token" };
    if (saw.stranger.admitted === true) {
      return { status: "skipped", sent, evidence: "strangers are let in: see WW-TOKEN-01" };
    }
    return { status: letIn(saw.stranger, saw.tampered) ? "fail" : "pass", sent, evidence: saw.tampered.evidence };
  },
});
