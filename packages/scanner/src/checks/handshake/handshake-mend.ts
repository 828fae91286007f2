import type { Mend } from "../../finding.ts";

/** How to have opening handshakes checked; the same for every rule of them. */
export function handshakeMend(advice: string): Mend {
  return {
    advice,
    ws: "npm install ws@latest // checks it; do not write the 101 yourself",
    socketio: "npm install socket.io@latest // checks it through ws",
    nginx: "proxy_http_version 1.1; # and leave the check to the application",
    wardwire: "refuses it by itself",
  };
}
