import type { Check } from "../../check.ts";
import { handshakeMend } from "./handshake-mend.ts";
import { refusalCheck } from "./refusals.ts";

const someKey = "dGhlIHNhbXBsZSBub25jZQ==";

export const repeatedHeaders: Check = refusalCheck(
  {
    id: "WW-HANDSHAKE-04",
    title: "Repeated Host and Sec-WebSocket-Key headers are refused",
    severity: "low",
    requirements: ["R13", "ASVS 4.2.1", "RFC 9112 3.2", "CWE-444"],
    why: "A proxy may look at one of two headers and the server at the other: then they decide about different requests.",
    mend: handshakeMend("Refuse a handshake in which a header that must be unique comes twice."),
    needs: ["websocket"],
  },
  ({ endpoint }) => [
    { sent: "two Host headers", opening: { headers: { Host: [endpoint.target.authority, "evil.example"] } } },
    { sent: "two keys", opening: { headers: { "Sec-WebSocket-Key": [someKey, someKey] } } },
  ],
);
