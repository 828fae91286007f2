import { type Check, defineCheck } from "../../check.ts";
import { statusLine } from "../../raw/http.ts";
import { fetchPage } from "../../subject.ts";

export const trace: Check = defineCheck({
  id: "WW-HEADER-05",
  title: "The method TRACE is off",
  severity: "low",
  requirements: ["R46", "ASVS 13.4.4", "CWE-16", "WSTG-CONF-06"],
  why: "TRACE sends a request back as it came, with headers a page must not see.",
  mend: {
    advice: "Answer TRACE with 405.",
    ws: 'if (request.method === "TRACE") return response.writeHead(405).end();',
    nginx: "# nginx answers 405 by itself",
    wardwire: "answers 405 by itself",
  },
  needs: ["http"],
  probe: (subject) => fetchPage(subject, subject.endpoint.target.path, "TRACE"),
  judge: ({ answer, body }) => {
    const sent = "TRACE";
    const isEchoed = answer.status === 200 && /wardwire-check/i.test(body);
    return { status: isEchoed ? "fail" : "pass", sent, evidence: statusLine(answer) };
  },
});
