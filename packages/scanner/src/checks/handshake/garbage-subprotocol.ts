import type { Check } from "../../check.ts";
import { handshakeMend } from "./handshake-mend.ts";
import { refusalCheck } from "./refusals.ts";

export const garbageSubprotocol: Check = refusalCheck(
  {
    id: "WW-HANDSHAKE-09",
    title: "A subprotocol header that is no list of tokens is refused",
    severity: "low",
    requirements: ["R17", "RFC 6455 4.1", "CVE-2021-32640", "CWE-1333"],
    why: "Parsers of this header have panicked at bytes beyond ASCII and taken minutes for long runs of spaces.",
    mend: handshakeMend("Parse the header strictly and answer 400."),
    needs: ["websocket"],
  },
  () => [
    { sent: "a subprotocol beyond ASCII", opening: { headers: { "Sec-WebSocket-Protocol": "chät\u00ff" } } },
    {
      sent: "2,000 spaces within a subprotocol",
      opening: { headers: { "Sec-WebSocket-Protocol": `a${" ".repeat(2_000)}b` } },
    },
  ],
);
