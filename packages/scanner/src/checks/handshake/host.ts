import type { Check } from "../../check.ts";
import { refusalCheck } from "./refusals.ts";

export const host: Check = refusalCheck(
  {
    id: "WW-HANDSHAKE-07",
    title: "A foreign Host is refused",
    severity: "low",
    requirements: ["R15", "ASVS 13.4.5", "CWE-346", "WSTG-INPV-17"],
    why: "By DNS rebinding a page makes its own host name lead to this server; only the Host header tells.",
    mend: {
      advice: "Compare Host with the names you serve, before anything else.",
      ws: 'server.on("upgrade", (q, s) => { if (!hosts.has(q.headers.host)) s.destroy(); });',
      socketio: "allowRequest: (q, done) => done(null, hosts.has(q.headers.host))",
      nginx: "server { listen 443 ssl default_server; return 421; } # and server_name in every other",
      wardwire: "allowedHosts: [chat.example]",
    },
    needs: ["websocket"],
  },
  () => [{ sent: "Host: rebound.invalid", opening: { headers: { Host: "rebound.invalid" } } }],
);
