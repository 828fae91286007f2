import { type Check, defineCheck } from "../../check.ts";
import { suites12, suites13 } from "../../tls/names.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const alpn: Check = defineCheck({
  id: "WW-TLS-11",
  title: "A connection for another protocol is refused",
  severity: "info",
  requirements: ["R6", "RFC 9325 3.8", "RFC 7301 3.2"],
  why: "A server that goes on without a common protocol can be talked to in a protocol it does not expect (ALPACA).",
  mend: tlsMend("Answer an ALPN list without a protocol you serve by no_application_protocol."),
  needs: ["tls"],
  probe: async ({ endpoint }) => {
    const { versions } = await surveyTls(endpoint);
    return endpoint.hello({
      version: versions.at(-1) ?? 0x0304,
      suites: [...suites13, ...suites12].map(({ id }) => id),
      alpn: ["wardwire-check"],
      ...(endpoint.target.servername !== undefined && { servername: endpoint.target.servername }),
    });
  },
  judge: (answer) => {
    const sent = 'a ClientHello with the ALPN list "wardwire-check"';
    if (answer.kind === "hello") return { status: "info", sent, evidence: "the handshake goes on" };
    return { status: "pass", sent, evidence: answer.kind === "alert" ? `alert ${answer.description}` : answer.kind };
  },
});
