import type { Check } from "../../check.ts";
import { refusalCheck } from "../handshake/refusals.ts";
import { unlessOpenToAll } from "./hostile-origins.ts";

export const missingOrigin: Check = unlessOpenToAll(
  refusalCheck(
    {
      id: "WW-ORIGIN-07",
      title: "Without an origin a credential is asked for",
      severity: "low",
      requirements: ["R14", "R16", "ASVS 4.4.2", "RFC 6455 10.2"],
      why: "Programs need no origin, and must show who they are; old browsers and proxies leave it out for a page's handshake.",
      mend: {
        advice: "Refuse a handshake with neither Origin nor a credential that no page can send by itself.",
        ws: "if (!q.headers.origin && !q.headers.authorization) return s.destroy();",
        socketio: "allowRequest: (q, done) => done(null, Boolean(q.headers.origin ?? q.headers.authorization))",
        nginx: 'if ($http_origin$http_authorization = "") { return 403; }',
        wardwire: "answers 403 by itself",
      },
      needs: ["websocket"],
    },
    () => [{ sent: "neither Origin nor credentials", opening: { headers: { Origin: undefined }, anonymous: true } }],
  ),
);
