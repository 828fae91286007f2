import { BlockList, isIP } from "node:net";
import { GatewayError } from "../gateway-error.ts";

/** Whose addresses are let in: CIDR ranges such as `203.0.113.0/24` and `2001:db8::/32`, or single addresses. */
export interface AddressLists {
  /** Only these; everybody when left out. */
  readonly allow?: readonly string[];
  /** Not these, whatever `allow` says. */
  readonly deny?: readonly string[];
}

/** Decides by the client's address, after trusted proxies (R22). An IPv4-mapped IPv6 address counts as that IPv4 address. */
export class AddressGate {
  #allow: BlockList | undefined;
  #deny: BlockList | undefined;

  /** @throws GatewayError `invalid-options` for what is neither a range nor an address. */
  constructor(lists: AddressLists) {
    this.replace(lists);
  }

  /**
   * Puts other lists in force, whole or not at all.
   *
   * @throws GatewayError `invalid-options`.
   */
  replace({ allow, deny }: AddressLists): void {
    const [allowed, denied] = [allow && compile("allow", allow), deny && compile("deny", deny)];
    this.#allow = allowed;
    this.#deny = denied;
  }

  /** Whether a client at this address is let in. With any list, what is no address is not. */
  admits(address: string): boolean {
    if (this.#allow === undefined && this.#deny === undefined) return true;
    const version = isIP(address);
    if (version === 0) return false;
    const family = version === 4 ? "ipv4" : "ipv6";
    if (this.#deny?.check(address, family) === true) return false;
    return this.#allow === undefined || this.#allow.check(address, family);
  }
}

function compile(name: keyof AddressLists, entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix, ...rest] = String(entry).split("/");
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    const isRange = version !== 0 && rest.length === 0 && (prefix === undefined || /^\d{1,3}$/.test(prefix));
    if (!isRange || length > bits) {
      const shown = JSON.stringify(String(entry).slice(0, 60));
      throw new GatewayError(
        "invalid-options",
        `addresses.${name}: expected a range such as 203.0.113.0/24, got ${shown}`,
      );
    }
    list.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
