import { addressKey } from "../limits/address-key.ts";

/** Where an address is: a piece of the internet that one provider or site has. */
export interface Network {
  readonly family: 4 | 6;
  /** Such as `192.0.2.0/24` and `2001:db8:0::/48`. */
  readonly prefix: string;
}

/** The /24 of an IPv4 address, the /48 of an IPv6 address, which is what one site is given (RFC 6177); undefined for neither. */
export function networkOf(address: string): Network | undefined {
  const key = addressKey(address);
  if (key === "unknown") return undefined;
  if (key.endsWith("::/64")) return { family: 6, prefix: `${key.split(":").slice(0, 3).join(":")}::/48` };
  return { family: 4, prefix: `${key.slice(0, key.lastIndexOf("."))}.0/24` };
}
