import type { Check } from "../../check.ts";
import { refusalCheck } from "../handshake/refusals.ts";
import { headMend } from "./limits-mend.ts";

export const headerSize: Check = refusalCheck(
  {
    id: "WW-LIMIT-02",
    title: "A head of 48 KiB is refused",
    severity: "low",
    requirements: ["R18", "ASVS 4.2.5", "CWE-770"],
    why: "Headers are gathered before anything about the client is known.",
    mend: headMend,
    needs: ["websocket"],
  },
  () => [{ sent: "a header of 48 KiB", opening: { headers: { "X-Wardwire-Check": "a".repeat(49_152) } } }],
);
