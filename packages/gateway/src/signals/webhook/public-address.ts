import { BlockList, isIP } from "node:net";

/**
 * Whether an address is one of the public internet, where a webhook may go: none of this machine, of a private network, of
 * a cloud's metadata service, or set aside for anything else (RFC 6890, IANA special-purpose registries). Of IPv6 that is
 * 2000::/3 without its own exceptions; an IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, Teredo) is not public.
 * Total; what is no address is not public either.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special4.check(address, "ipv4");
    case 6:
      return !address.includes("%") && global6.check(address, "ipv6") && !special6.check(address, "ipv6");
    default:
      return false;
  }
}

const special4 = ranges("ipv4", [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
]);

const global6 = ranges("ipv6", [["2000::", 3]]);

const special6 = ranges("ipv6", [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
]);

function ranges(family: "ipv4" | "ipv6", list: readonly (readonly [network: string, prefix: number])[]): BlockList {
  const blocks = new BlockList();
  for (const [network, prefix] of list) blocks.addSubnet(network, prefix, family);
  return blocks;
}
