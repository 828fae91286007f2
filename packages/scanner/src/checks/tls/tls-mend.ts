import type { Mend } from "../../finding.ts";

/** How to bring the TLS of an endpoint to Mozilla's intermediate configuration, or better; the same for most faults. */
export function tlsMend(advice: string): Mend {
  const node =
    'createServer({ minVersion: "TLSv1.2", ciphers: "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:' +
    "TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" +
    'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384", ' +
    'ecdhCurve: "X25519MLKEM768:X25519:prime256v1:secp384r1", ' +
    'secureOptions: constants.SSL_OP_NO_RENEGOTIATION, ALPNProtocols: ["http/1.1"] })';
  return {
    advice,
    ws: `const server = ${node}; new WebSocketServer({ server });`,
    socketio: `const server = ${node}; new Server(server);`,
    nginx: "ssl_protocols TLSv1.2 TLSv1.3;\nssl_ecdh_curve X25519MLKEM768:X25519:prime256v1:secp384r1;",
    wardwire: 'tls: { profile: "intermediate" }, the default; "modern" is TLS 1.3 only',
  };
}
