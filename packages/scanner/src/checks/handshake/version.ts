import { type Check, defineCheck } from "../../check.ts";
import { headerOf, statusLine } from "../../raw/http.ts";
import { openAs } from "../../subject.ts";
import { handshakeMend } from "./handshake-mend.ts";

export const version: Check = defineCheck({
  id: "WW-HANDSHAKE-02",
  title: "Another version of the protocol is refused with 426",
  severity: "low",
  requirements: ["R13", "RFC 6455 4.4", "CWE-436"],
  why: "A server that takes any version speaks one the client did not ask for.",
  mend: handshakeMend("Refuse versions other than 13 with 426 and Sec-WebSocket-Version: 13."),
  needs: ["websocket"],
  probe: async (subject) => {
    using opened = await openAs(subject, { headers: { "Sec-WebSocket-Version": "12" } });
    return opened.answer;
  },
  judge: (answer) => {
    const sent = "Sec-WebSocket-Version: 12";
    if (answer.status === 101) return { status: "fail", sent, evidence: statusLine(answer) };
    const offered = headerOf(answer, "sec-websocket-version");
    const isExact = answer.status === 426 && (offered ?? "").split(/,\s*/).includes("13");
    const evidence = `${statusLine(answer)}, Sec-WebSocket-Version: ${offered ?? "missing"}`;
    return { status: isExact ? "pass" : "info", sent, evidence };
  },
});
