import type { Check } from "../../check.ts";
import { handshakeMend } from "./handshake-mend.ts";
import { refusalCheck } from "./refusals.ts";

export const key: Check = refusalCheck(
  {
    id: "WW-HANDSHAKE-03",
    title: "A handshake without a proper Sec-WebSocket-Key is refused",
    severity: "low",
    requirements: ["R13", "RFC 6455 4.2.1", "CWE-20"],
    why: "The key shows that the client means a WebSocket, and is not a form or a confused proxy.",
    mend: handshakeMend("Refuse handshakes whose key is missing or does not decode to 16 bytes."),
    needs: ["websocket"],
  },
  () => [
    { sent: "no key", opening: { headers: { "Sec-WebSocket-Key": undefined } } },
    { sent: "a key of 3 bytes", opening: { headers: { "Sec-WebSocket-Key": "YWJj" } } },
  ],
);
