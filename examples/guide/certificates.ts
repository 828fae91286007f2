import { anyOf, clientCertificate } from "@wardwire/gateway";
import type { Authenticate } from "@wardwire/gateway/identity";
import { byToken } from "./tokens.ts";

const prefix = "spiffe://chat.example/service/";

/** Services of our own come with a certificate that names them by one URI. */
const byCertificate = clientCertificate({
  identify: ({ uris }) => {
    const [uri = "", ...others] = uris;
    if (!uri.startsWith(prefix) || others.length > 0) return undefined;
    return { userId: `service-${uri.slice(prefix.length)}` };
  },
});

/** Everybody else comes with a token. */
export const authenticate: Authenticate = anyOf(byCertificate, byToken);
