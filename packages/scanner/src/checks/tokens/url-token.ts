import { type Check, defineCheck } from "../../check.ts";
import { admit, admitStranger, letIn } from "./admission.ts";
import { tokenMend } from "./token-mend.ts";

const parameters = ["token", "access_token", "auth_token", "jwt"] as const;

export const urlToken: Check = defineCheck({
  id: "WW-TOKEN-02",
  title: "A token in the URL is not accepted",
  severity: "high",
  requirements: ["R42", "ASVS 16.2.5", "CWE-598", "WSTG-SESS-04"],
  why: "URLs are written into logs, histories and error reports of everyone on the way, and the token with them.",
  mend: {
    ...tokenMend("Take the token from Authorization, from a ticket that is good once, or from the first message."),
    nginx: 'if ($arg_token$arg_access_token != "") { return 400; }',
    wardwire: "refuses a query by itself; POST /ws/ticket gives tickets",
  },
  needs: ["websocket", "token"],
  probe: async (subject) => {
    const { endpoint, recognised } = subject;
    const path = recognised?.opening.path ?? endpoint.target.path;
    const token = encodeURIComponent(endpoint.settings.token ?? "");
    const query = parameters.map((name) => `${name}=${token}`).join("&");
    const changes = { path: `${path}${path.includes("?") ? "&" : "?"}${query}` };
    const [stranger, inUrl] = await Promise.all([admitStranger(subject), admit(subject, { anonymous: true, changes })]);
    return { stranger, inUrl };
  },
  judge: ({ stranger, inUrl }) => {
    const sent = `the token as ${parameters.join(", ")} in the query, and nowhere else`;
    if (stranger.admitted === true)
      return { status: "skipped", sent, evidence: "strangers are let in: see WW-TOKEN-01" };
    return { status: letIn(stranger, inUrl) ? "fail" : "pass", sent, evidence: inUrl.evidence };
  },
});
