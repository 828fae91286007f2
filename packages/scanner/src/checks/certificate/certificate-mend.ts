import type { Mend } from "../../finding.ts";

/** How to put another certificate in place; the same for every fault a certificate can have. */
export function certificateMend(advice: string): Mend {
  return {
    advice,
    ws: 'createServer({ cert: readFileSync("fullchain.pem"), key: readFileSync("privkey.pem") });',
    socketio: 'createServer({ cert: readFileSync("fullchain.pem"), key: readFileSync("privkey.pem") });',
    nginx: "ssl_certificate fullchain.pem;\nssl_certificate_key privkey.pem;",
    wardwire: "tls: { certFile: fullchain.pem, keyFile: privkey.pem }; `wardwire doctor` checks both",
  };
}
