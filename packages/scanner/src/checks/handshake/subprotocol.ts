import { type Check, defineCheck } from "../../check.ts";
import { headerOf, statusLine } from "../../raw/http.ts";
import { openAs } from "../../subject.ts";

/** A valid token that no server can know. */
const unknown = "bearer.wardwire-check.unknown";

export const subprotocol: Check = defineCheck({
  id: "WW-HANDSHAKE-08",
  title: "Only a subprotocol the server knows is chosen",
  severity: "low",
  requirements: ["R17", "RFC 6455 4.2.2", "CWE-20"],
  why: "Clients put tokens into this header; a server that echoes whatever comes writes them into answers and logs.",
  mend: {
    advice: "Choose from a fixed list, and nothing where nothing fits.",
    ws: 'handleProtocols: (offered) => (offered.has("chat.v1") ? "chat.v1" : false)',
    socketio: "new Server(server, { perMessageDeflate: false, wsEngine: … }); // handleProtocols: () => false",
    wardwire: "answers with its own subprotocols only",
  },
  needs: ["websocket"],
  probe: async (subject) => {
    using opened = await openAs(subject, { subprotocols: [unknown] });
    return opened.answer;
  },
  judge: (answer) => {
    const sent = `Sec-WebSocket-Protocol: ${unknown}`;
    const chosen = headerOf(answer, "sec-websocket-protocol");
    const evidence = `${statusLine(answer)}, chosen: ${chosen ?? "none"}`;
    return { status: chosen === unknown && answer.status === 101 ? "fail" : "pass", sent, evidence };
  },
});
