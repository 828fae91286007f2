import type { Check } from "../../check.ts";
import { handshakeMend } from "./handshake-mend.ts";
import { refusalCheck } from "./refusals.ts";

export const method: Check = refusalCheck(
  {
    id: "WW-HANDSHAKE-05",
    title: "Only GET over HTTP/1.1 opens a WebSocket",
    severity: "low",
    requirements: ["R13", "RFC 6455 4.1", "CWE-436"],
    why: "A browser's form can send POST to any host; HTTP/1.0 has no upgrades.",
    mend: handshakeMend("Refuse upgrades by other methods and versions."),
    needs: ["websocket"],
  },
  () => [
    { sent: "the method POST", opening: { method: "POST", headers: { "Content-Length": "0" } } },
    { sent: "HTTP/1.0", opening: { version: "1.0" } },
  ],
);
