import { type Check, defineCheck } from "../../check.ts";
import { headerOf, statusLine } from "../../raw/http.ts";

export const established: Check = defineCheck({
  id: "WW-HANDSHAKE-01",
  title: "A WebSocket is established",
  severity: "high",
  requirements: ["R13", "RFC 6455 4.2.2"],
  why: "Everything behind the opening handshake can be looked at only when it succeeds.",
  mend: {
    advice:
      "Give what a sound client has: --origin, --token-file, --cookie, --header, --subprotocol, and the path of the socket.",
    nginx: 'proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection "upgrade";',
  },
  needs: [],
  probe: async ({ recognised, failure, withheld }) => ({ recognised, failure, withheld }),
  judge: ({ recognised, failure, withheld }) => {
    const sent =
      withheld === undefined ? "an opening handshake" : `an opening handshake without credentials: ${withheld}`;
    if (recognised === undefined) return { status: "fail", sent, evidence: failure?.message ?? "no answer" };
    const { answer, fault, protocol } = recognised;
    if (fault === undefined) {
      const subprotocol = headerOf(answer, "sec-websocket-protocol");
      const chosen = subprotocol === undefined ? "" : `, subprotocol ${subprotocol}`;
      return { status: "pass", sent, evidence: `${statusLine(answer)}${chosen}; protocol: ${protocol.name}` };
    }
    const hint = answer.status === 401 || answer.status === 403 ? "; it may need --origin or a credential" : "";
    return { status: "fail", sent, evidence: `${fault} (${statusLine(answer)})${hint}` };
  },
});
