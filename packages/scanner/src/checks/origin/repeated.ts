import type { Check } from "../../check.ts";
import { ownOrigin } from "../../target.ts";
import { handshakeMend } from "../handshake/handshake-mend.ts";
import { refusalCheck } from "../handshake/refusals.ts";
import { unlessOpenToAll } from "./hostile-origins.ts";

export const repeatedOrigin: Check = unlessOpenToAll(
  refusalCheck(
    {
      id: "WW-ORIGIN-06",
      title: "Two Origin headers are refused",
      severity: "low",
      requirements: ["R13", "R14", "CWE-444"],
      why: "If the first origin is checked and the second believed, the check can be led past.",
      mend: handshakeMend("Refuse a handshake with more than one Origin."),
      needs: ["websocket"],
    },
    ({ endpoint }) => {
      const own = endpoint.settings.origin ?? ownOrigin(endpoint.target);
      return [
        { sent: "its own and a foreign Origin", opening: { headers: { Origin: [own, "https://evil.example"] } } },
      ];
    },
  ),
);
