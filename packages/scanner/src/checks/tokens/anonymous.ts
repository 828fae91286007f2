import { type Check, defineCheck } from "../../check.ts";
import { admitStranger } from "./admission.ts";
import { tokenMend } from "./token-mend.ts";

export const anonymous: Check = defineCheck({
  id: "WW-TOKEN-01",
  title: "Strangers are not let in",
  severity: "medium",
  requirements: ["R43", "ASVS 8.3.1", "ASVS 4.4.3", "CWE-306", "WSTG-CLNT-10"],
  why: "Whoever knows the address takes part: reads what is sent, and sends what others take for real.",
  mend: tokenMend("Ask for a credential in the handshake or the first message, and check it before anything else."),
  needs: ["websocket"],
  probe: async (subject) => {
    const { token, cookie, headers } = subject.endpoint.settings;
    const hasCredential = token !== undefined || cookie !== undefined || headers.length > 0;
    return { stranger: await admitStranger(subject), hasCredential };
  },
  judge: ({ stranger, hasCredential }) => {
    const sent = "a handshake and a conversation without any credential";
    const { admitted, evidence } = stranger;
    if (admitted === false) return { status: "pass", sent, evidence };
    if (admitted === undefined) return { status: "info", sent, evidence: `opened, and nothing told: ${evidence}` };
    // Where the caller has a credential, one is meant to be needed; elsewhere the endpoint may be public on purpose.
    return { status: hasCredential ? "fail" : "warn", sent, evidence: `answered: ${evidence}` };
  },
});
