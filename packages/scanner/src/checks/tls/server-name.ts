import { type Check, defineCheck } from "../../check.ts";
import { suites12, suites13 } from "../../tls/names.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const serverName: Check = defineCheck({
  id: "WW-TLS-12",
  title: "An unknown server name is refused",
  severity: "info",
  requirements: ["R6", "RFC 9325 3.7", "RFC 6066 3"],
  why: "A server that answers for any name lets an attacker lead the connections of another host to it (ALPACA).",
  mend: tlsMend("Answer an unknown server name by unrecognized_name."),
  needs: ["tls"],
  probe: async ({ endpoint }) => {
    const { versions } = await surveyTls(endpoint);
    return endpoint.hello({
      version: versions.at(-1) ?? 0x0304,
      suites: [...suites13, ...suites12].map(({ id }) => id),
      alpn: ["http/1.1"],
      servername: "unknown.invalid",
    });
  },
  judge: (answer) => {
    const sent = "a ClientHello for the server name unknown.invalid";
    if (answer.kind === "hello") return { status: "info", sent, evidence: "the handshake goes on" };
    return { status: "pass", sent, evidence: answer.kind === "alert" ? `alert ${answer.description}` : answer.kind };
  },
});
