import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { GatewayError } from "../../gateway-error.ts";
import { isPublicAddress } from "./public-address.ts";

/** Gives every address of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** As the system resolves names: the hosts file, then DNS. */
export const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

/**
 * Checks where a webhook goes, as far as that can be known without resolving the name.
 *
 * @throws GatewayError `invalid-options` for anything but `https:`, for user information or a fragment, and for an address
 *   that is not public.
 */
export function parseTarget(text: string, allowPrivate: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:") throw refused("expected an https:// URL");
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw refused("expected no user, no password and no fragment; the signature says who sends it");
  }
  if (!allowPrivate && isIP(hostOf(url)) !== 0 && !isPublicAddress(hostOf(url))) throw refused(notPublic);
  return url;
}

/** Where a target may be reached, or that it may not. */
export type Reachable =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly reason: "private-target" | "no-address" };

/**
 * Resolves a target. One address that is not public is enough to refuse it: a name that leads to both kinds is set up to
 * reach what lies inside.
 *
 * @throws what the resolver throws
 */
export async function reach(url: URL, resolve: Resolve, allowPrivate: boolean): Promise<Reachable> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  if (addresses.length === 0) return { ok: false, reason: "no-address" };
  if (!allowPrivate && !addresses.every(isPublicAddress)) return { ok: false, reason: "private-target" };
  return { ok: true, addresses };
}

const notPublic = "expected a public address; an internal collector needs dangerouslyAllowPrivateTargets";

/** Without the brackets a URL puts around an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

/** The URL is not shown: its path or query may be a secret of the receiver's. */
function refused(expectation: string): GatewayError {
  return new GatewayError("invalid-options", `webhooks: url: ${expectation}`);
}
