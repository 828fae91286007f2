import { bundlePath } from "@wardwire/crypto/keys/bundle";
import { plainAnswer } from "../accept/plain-answer.ts";
import type { Core } from "../core.ts";
import type { HostHandlers } from "../host/socket-host.ts";

type Fetch = NonNullable<HostHandlers["fetch"]>;

/** What answers ordinary HTTP requests, with the key bundle before it where the gateway serves sealed connections (KB-1.5). */
export function withKeyBundle({ sealing }: Core, fetch: Fetch): Fetch {
  if (sealing === undefined) return fetch;
  return (request, remoteAddress) => {
    if (new URL(request.url).pathname !== bundlePath) return fetch(request, remoteAddress);
    if (request.method !== "GET" && request.method !== "HEAD") {
      const refused = plainAnswer(405, "expected GET");
      refused.headers.set("Allow", "GET, HEAD");
      return refused;
    }
    return new Response(request.method === "HEAD" ? null : sealing.serverKeys.bundle, { headers });
  };
}

/** A bundle is public and proves itself, so pages of any origin may read it. */
const headers = {
  "Content-Type": "application/cbor",
  // One from a cache may name a key that has been revoked since, and no client would get past it (HS-1.6).
  "Cache-Control": "no-store",
  "Access-Control-Allow-Origin": "*",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
} as const;
