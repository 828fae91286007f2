import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { addressKey } from "../../src/limits/address-key.ts";

describe("addressKey (R30)", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:0::/64"],
    ["2001:0db8:0000:0000:0001::", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["2001:db8:1:2:3:4:192.0.2.1", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["::fffe:192.0.2.1", "0:0:0:0::/64"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::/64"],
    ["", "unknown"],
    ["unknown", "unknown"],
    ["192.0.2.256", "unknown"],
    ["192.0.2.1:443", "unknown"],
    ["[::1]", "unknown"],
    ["2001:db8::1::2", "unknown"],
    ["0x7f.1", "unknown"],
    ["::1\n", "unknown"],
  ];
  for (const [address, key] of rows) {
    it(`counts ${JSON.stringify(address)} under ${key}`, () => assert.equal(addressKey(address), key));
  }

  it("gives two IPv6 addresses one key exactly where their first 64 bits agree", () => {
    // A first group of 0 is left out, since only there do the IPv4-mapped addresses lie.
    const group = fc.nat(0xffff);
    const head = fc.tuple(fc.integer({ min: 1, max: 0xffff }), group, group, group);
    const tail = fc.tuple(group, group, group, group);
    const spell = (groups: readonly number[]): string => groups.map((value) => value.toString(16)).join(":");
    fc.assert(
      fc.property(head, tail, head, tail, (head1, tail1, head2, tail2) => {
        const key = addressKey(spell([...head1, ...tail1]));
        assert.equal(addressKey(spell([...head1, ...tail2]).toUpperCase()), key);
        assert.equal(addressKey(spell([...head2, ...tail1])) === key, spell(head1) === spell(head2));
      }),
    );
  });

  it("is total and short for any string", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (address) => {
        assert.ok(addressKey(address).length <= 24);
      }),
    );
  });
});
