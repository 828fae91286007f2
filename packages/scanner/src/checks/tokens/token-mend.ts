import type { Mend } from "../../finding.ts";

/** How to check credentials; the same for most faults in doing so. */
export function tokenMend(advice: string): Mend {
  return {
    advice,
    ws: 'await jwtVerify(token, keys, { algorithms: ["EdDSA"], issuer, audience }); // jose, in server.on("upgrade")',
    socketio:
      'io.use(async (socket, next) => { await jwtVerify(socket.handshake.auth.token, keys, { algorithms: ["EdDSA"], issuer, audience }); next(); })',
    nginx: "auth_request /check-session;",
    wardwire: 'authenticate: jwt({ issuer, audience, algorithms: ["EdDSA"], jwks })',
  };
}
