import type { Check } from "../../check.ts";
import { refusalCheck } from "../handshake/refusals.ts";
import { headMend } from "./limits-mend.ts";

const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`X-${at}`, "1"]));

export const headerCount: Check = {
  ...refusalCheck(
    {
      id: "WW-LIMIT-08",
      title: "A handshake with 2,000 headers is refused",
      severity: "low",
      requirements: ["R18", "ASVS 4.2.5", "CWE-770"],
      why: "Each header costs many times its bytes in memory, before anything about the client is known.",
      mend: headMend,
      needs: ["websocket"],
    },
    () => [{ sent: "2,000 further headers", opening: { headers: many } }],
  ),
  mode: "active",
};
