import type { Identity } from "../auth/identity.ts";
import type { Core } from "../core.ts";

/**
 * Whether an identity that has just been authenticated has been revoked; says so, since whoever shows a revoked
 * credential may have stolen it.
 */
export function usesRevoked(core: Core, identity: Identity, address: string, device?: string): boolean {
  if (!core.revocations.isRevoked(identity, device)) return false;
  core.observe({ event: "revoked-token-used", user: identity.userId, address });
  return true;
}
