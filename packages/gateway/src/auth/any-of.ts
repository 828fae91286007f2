import { GatewayError } from "../gateway-error.ts";
import type { Authenticate, NotAuthenticated } from "./identity.ts";

/**
 * Authenticates by whichever of several ways takes the credential, asked in order: `anyOf(clientCertificate({ … }),
 * jwt({ … }))` lets services in by their certificate and browsers by a token. Each says no to credentials of another kind,
 * so that a certificate is never taken for a token.
 *
 * When all refuse, the answer is the one that leaves most hope: `unavailable`, else `token-expired`, else `token-invalid`. What
 * one throws is thrown once the others have refused too.
 *
 * @throws GatewayError `invalid-options` without at least one.
 */
export function anyOf(...ways: readonly [Authenticate, ...Authenticate[]]): Authenticate {
  if (ways.length === 0 || !ways.every((way) => typeof way === "function")) {
    throw new GatewayError("invalid-options", "anyOf: expected functions such as jwt({ … }) gives, at least one");
  }
  return async (credential, context) => {
    const refusals: NotAuthenticated[] = [];
    const thrown: unknown[] = [];
    for (const authenticate of ways) {
      try {
        const result = await authenticate(credential, context);
        if (result.ok) return result;
        refusals.push(result);
      } catch (error) {
        thrown.push(error);
      }
    }
    if (thrown.length > 0) throw thrown[0];
    const code = mostHopeful.find((each) => refusals.some((refusal) => refusal.code === each)) ?? "token-invalid";
    return { ok: false, code, detail: refusals.map(({ detail }) => detail).join("; ") };
  };
}

const mostHopeful: readonly NotAuthenticated["code"][] = ["unavailable", "token-expired", "token-invalid"];
