import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isPublicAddress } from "../../../src/signals/webhook/public-address.ts";

const notPublic: readonly (readonly [address: string, what: string])[] = [
  ["0.0.0.0", "this machine"],
  ["0.1.2.3", "this network"],
  ["10.0.0.1", "a private network"],
  ["10.255.255.255", "the end of one"],
  ["100.64.0.1", "carrier-grade NAT"],
  ["100.127.255.255", "the end of it"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "the end of it"],
  ["169.254.169.254", "a cloud's metadata service"],
  ["172.16.0.1", "a private network"],
  ["172.31.255.255", "the end of one"],
  ["192.0.0.170", "a protocol assignment"],
  ["192.0.2.1", "documentation"],
  ["192.88.99.1", "a 6to4 relay"],
  ["192.168.1.1", "a private network"],
  ["198.18.0.1", "benchmarks"],
  ["198.19.255.255", "the end of them"],
  ["198.51.100.1", "documentation"],
  ["203.0.113.1", "documentation"],
  ["224.0.0.1", "multicast"],
  ["239.255.255.250", "multicast"],
  ["240.0.0.1", "reserved"],
  ["255.255.255.255", "broadcast"],
  ["::", "unspecified"],
  ["::1", "loopback"],
  ["::127.0.0.1", "an IPv4-compatible address"],
  ["::ffff:127.0.0.1", "IPv4-mapped loopback"],
  ["::ffff:10.0.0.1", "an IPv4-mapped private address"],
  ["::ffff:a9fe:a9fe", "IPv4-mapped, in hexadecimal"],
  ["::ffff:8.8.8.8", "IPv4-mapped, although public"],
  ["64:ff9b::7f00:1", "NAT64 of loopback"],
  ["64:ff9b:1::1", "local NAT64"],
  ["100::1", "discard"],
  ["2001::1", "Teredo"],
  ["2001:20::1", "ORCHID"],
  ["2001:db8::1", "documentation"],
  ["2002:7f00:1::1", "6to4 of loopback"],
  ["3fff::1", "documentation"],
  ["5f00::1", "segment routing"],
  ["fc00::1", "unique local"],
  ["fd12:3456:789a::1", "unique local"],
  ["fe80::1", "link-local"],
  ["fe80::1%eth0", "link-local with a zone"],
  ["fec0::1", "site-local"],
  ["ff02::1", "multicast"],
  ["2606:4700::1%eth0", "a zone"],
  ["localhost", "a name"],
  ["0x7f.1", "another spelling"],
  ["2130706433", "another spelling"],
  ["", "nothing"],
];

const isPublic = [
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.1",
  "100.63.255.255",
  "100.128.0.1",
  "126.255.255.255",
  "128.0.0.1",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.1",
  "192.0.1.1",
  "192.169.0.1",
  "198.17.255.255",
  "198.20.0.1",
  "223.255.255.255",
  "2001:4860:4860::8888",
  "2606:4700:4700::1111",
  "2a00:1450:4001::1",
];

describe("isPublicAddress", () => {
  for (const [address, what] of notPublic) {
    test(`refuses ${JSON.stringify(address)}: ${what}`, () => assert.equal(isPublicAddress(address), false));
  }
  for (const address of isPublic) {
    test(`takes ${address}`, () => assert.equal(isPublicAddress(address), true));
  }
  test("is total", () => {
    fc.assert(fc.property(fc.string(), (text) => assert.equal(isPublicAddress(text), false)));
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => assert.equal(typeof isPublicAddress(text), "boolean")),
    );
  });
});
