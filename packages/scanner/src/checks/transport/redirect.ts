import { type Check, defineCheck } from "../../check.ts";
import { headerOf } from "../../raw/http.ts";

export const redirect: Check = defineCheck({
  id: "WW-TRANSPORT-02",
  title: "The opening handshake is not redirected",
  severity: "medium",
  requirements: ["R1", "R57", "ASVS 4.1.2", "CWE-601"],
  why: "Browsers do not follow redirects of WebSockets; clients that do take their credentials to the new place.",
  mend: {
    advice: "Serve the WebSocket at the URL clients use, and take it out of rules that redirect.",
    nginx: "location /ws { proxy_pass http://app; } # before any `return 301`",
  },
  needs: ["http"],
  probe: async ({ recognised }) => recognised?.answer,
  judge: (answer) => {
    const sent = "an opening handshake";
    const status = answer?.status ?? 0;
    if (status < 300 || status >= 400 || answer === undefined) {
      return { status: "pass", sent, evidence: `status ${status}` };
    }
    const location = headerOf(answer, "location") ?? "nowhere";
    const severity = /^(ws|http):/i.test(location) ? "high" : "medium";
    return { status: "fail", severity, sent, evidence: `status ${status} to ${location}` };
  },
});
