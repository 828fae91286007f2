import type { Gateway } from "@wardwire/gateway";
import type { chat } from "../chat.contract.ts";

/** Signs a user out everywhere, and lets them sign in again: only what was issued so far is revoked. */
export function signOutEverywhere(gateway: Gateway<typeof chat>, user: string) {
  return gateway.revoke({ user, issuedBefore: Date.now() });
}

/** Shuts an account: whatever is issued to it later is refused too, for `limits.revocationKeptMs`. */
export function shutAccount(gateway: Gateway<typeof chat>, user: string) {
  return gateway.revoke({ user });
}
