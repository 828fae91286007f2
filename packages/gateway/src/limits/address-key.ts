import { isIPv4, isIPv6 } from "node:net";

/**
 * What connections from an address are counted under (R30): an IPv4 address itself; an IPv4-mapped IPv6 address as that
 * IPv4 address; any other IPv6 address as its /64, the least one customer is given (RFC 6177), so that one host with
 * 2^64 addresses is still one. Everything that is no address shares the key `unknown`. Total, and at most 24 characters.
 */
export function addressKey(address: string): string {
  if (isIPv4(address)) {
    return address;
  }
  if (!isIPv6(address)) {
    return "unknown";
  }
  const groups = ipv6Groups(address);
  if (groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff") {
    return groups.slice(6).map(dottedHalf).join(".");
  }
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** The eight groups of a valid IPv6 address as lower-case hexadecimal without leading zeros. */
function ipv6Groups(address: string): string[] {
  const withoutZone = address.split("%", 1)[0];
  // The URL parser writes every spelling of an address the one way RFC 5952 asks for, IPv4 tails as hexadecimal.
  const canonical = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  return [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
}

function dottedHalf(group: string): string {
  const value = Number.parseInt(group, 16);
  return `${value >> 8}.${value & 0xff}`;
}
