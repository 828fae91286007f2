import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressGate, type AddressLists } from "../../src/accept/address-gate.ts";
import { parseAllowedHosts } from "../../src/accept/allowed-hosts.ts";
import { guardFetch } from "../../src/accept/guard-fetch.ts";
import { setAddressLists } from "../../src/accept/set-address-lists.ts";
import { GatewayOnPaper } from "../gateway-on-paper.ts";

const cases: readonly (readonly [AddressLists, string, boolean])[] = [
  [{}, "203.0.113.7", true],
  [{}, "unknown", true],
  [{ allow: ["203.0.113.0/24"] }, "203.0.113.7", true],
  [{ allow: ["203.0.113.0/24"] }, "::ffff:203.0.113.7", true],
  [{ allow: ["203.0.113.0/24"] }, "203.0.114.7", false],
  [{ allow: ["0.0.0.0/0"] }, "2001:db8::1", false],
  [{ allow: [] }, "203.0.113.7", false],
  [{ deny: ["203.0.113.7"] }, "203.0.113.7", false],
  [{ deny: ["203.0.113.7"] }, "::ffff:cb00:7107", false],
  [{ deny: ["::ffff:203.0.113.0/120"] }, "203.0.113.7", false],
  [{ deny: ["203.0.113.7"] }, "203.0.113.8", true],
  [{ deny: ["2001:db8::/32"] }, "2001:DB8:0::1", false],
  [{ allow: ["203.0.113.0/24"], deny: ["203.0.113.7"] }, "203.0.113.7", false],
  [{ deny: ["203.0.113.7"] }, "unknown", false],
];
for (const [lists, address, admitted] of cases) {
  test(`${JSON.stringify(lists)} ${admitted ? "lets in" : "keeps out"} ${address} (R22)`, () => {
    assert.equal(new AddressGate(lists).admits(address), admitted);
  });
}

for (const wrong of [
  "203.0.113.0/33",
  "203.0.113.0/",
  "203.0.113.0/8/8",
  "2001:db8::/129",
  "everyone",
  "10.0.0.0/-1",
  "",
]) {
  test(`refuses ${JSON.stringify(wrong)} in a list, and the lists in force go on (R22)`, () => {
    const gate = new AddressGate({ deny: ["203.0.113.7"] });
    assert.throws(() => gate.replace({ deny: [wrong] }), { code: "invalid-options" });
    assert.equal(gate.admits("203.0.113.7"), false);
  });
}

test("the lists apply to the address beyond the trusted proxies, with 403 (R21, R22)", async () => {
  const gateway = new GatewayOnPaper({ trustedProxies: ["10.0.0.0/8"], addresses: { deny: ["203.0.113.7"] } });
  const denied = await gateway.upgrade({ "x-forwarded-for": "203.0.113.7" }, "/ws", "10.0.0.1");
  assert.equal(!denied.accepted && denied.status, 403);
  assert.ok((await gateway.upgrade({ "x-forwarded-for": "203.0.113.8" }, "/ws", "10.0.0.1")).accepted);
});

test("other lists reach at once who is connected, with 4403, and only them (R22)", async () => {
  const gateway = new GatewayOnPaper();
  const [alice, stranger] = [await gateway.connect("alice"), await gateway.open()];
  setAddressLists(gateway.core, { deny: ["198.51.100.0/24"] });
  assert.equal(alice.closedWith, undefined);
  setAddressLists(gateway.core, { deny: ["192.0.2.0/24"] });
  assert.deepEqual([alice.closeCode(), stranger.closeCode()], [4403, 4403]);
  const again = await gateway.upgrade();
  assert.equal(!again.accepted && again.status, 403);
});

test("lists that change while a credential is being checked count (R22)", async () => {
  const gateway = new GatewayOnPaper({
    authenticate: (credential) => {
      setAddressLists(gateway.core, { deny: ["192.0.2.7"] });
      return GatewayOnPaper.prototype.authenticate.call(gateway, credential);
    },
  });
  const answer = await gateway.upgrade({ authorization: "Bearer alice" });
  assert.equal(!answer.accepted && answer.status, 403);
  assert.equal(gateway.core.openPerIp.total, 0);
});

test("a Host that is not on the list is answered 421, in whatever case it comes (R15)", async () => {
  const gateway = new GatewayOnPaper({ allowedHosts: ["chat.example", "localhost:8443"] });
  for (const host of ["chat.example", "CHAT.example", "LocalHost:8443"]) {
    assert.ok((await gateway.upgrade({ host })).accepted, host);
  }
  for (const host of [
    "evil.example",
    "chat.example:8443",
    "localhost",
    "chat.example.",
    "chat.example.evil.example",
    undefined,
  ]) {
    const answer = await gateway.upgrade({ host });
    assert.equal(!answer.accepted && answer.status, 421, host);
  }
});

test("with :* a host is allowed with whatever port, and no other host is (R15)", async () => {
  const gateway = new GatewayOnPaper({ allowedHosts: ["localhost:*", "[::1]:*"] });
  for (const host of ["localhost", "localhost:8443", "LOCALHOST:1", "[::1]:8443", "[::1]"]) {
    assert.ok((await gateway.upgrade({ host })).accepted, host);
  }
  for (const host of [
    "localhost.evil.example:8443",
    "evil.example:8443",
    "localhost:*",
    "localhost:8443:1",
    "::1",
    "",
  ]) {
    const answer = await gateway.upgrade({ host });
    assert.equal(!answer.accepted && answer.status, 421, host);
  }
});

test("ordinary HTTP requests are held to the same hosts and addresses (R15, R22)", async () => {
  const gateway = new GatewayOnPaper({ allowedHosts: ["chat.example"], addresses: { deny: ["192.0.2.7"] } });
  const fetch = guardFetch(gateway.core, () => new Response("served"));
  const status = async (host: string, address: string): Promise<number> =>
    (await fetch(new Request("https://x.example/", { headers: { host } }), address)).status;
  assert.deepEqual(
    [
      await status("chat.example", "192.0.2.8"),
      await status("evil.example", "192.0.2.8"),
      await status("chat.example", "192.0.2.7"),
    ],
    [200, 421, 403],
  );
});

for (const wrong of [
  "https://chat.example",
  "*.example",
  "chat.example/",
  "chat.example:99999",
  "",
  "a b",
  "user@chat.example",
  "*:*",
  "localhost:8443:*",
  ":*",
]) {
  test(`refuses ${JSON.stringify(wrong)} as an allowed host (R15)`, () => {
    assert.throws(() => parseAllowedHosts([wrong]), { code: "invalid-options" });
  });
}
