import type { Check } from "../../check.ts";
import { handshakeMend } from "./handshake-mend.ts";
import { refusalCheck } from "./refusals.ts";

export const body: Check = refusalCheck(
  {
    id: "WW-HANDSHAKE-06",
    title: "A handshake with a body, or with two lengths, is refused",
    severity: "medium",
    requirements: ["R20", "ASVS 4.2.1", "RFC 9112 6.3", "CWE-444"],
    why: "If proxy and server disagree where a request ends, the rest is smuggled past the proxy as a request of its own.",
    mend: handshakeMend("Refuse upgrades with Content-Length or Transfer-Encoding, and always both at once."),
    needs: ["websocket"],
  },
  () => [
    { sent: "a body of 5 bytes", opening: { headers: { "Content-Length": "5" }, trailing: "abcde" } },
    {
      sent: "Content-Length and Transfer-Encoding",
      opening: { headers: { "Content-Length": "5", "Transfer-Encoding": "chunked" }, trailing: "0\r\n\r\n" },
    },
  ],
);
