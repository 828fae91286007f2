import assert from "node:assert/strict";
import { test } from "node:test";
import { requireTls } from "../../src/accept/require-tls.ts";
import type { HostHandlers, UpgradeRequest } from "../../src/host/socket-host.ts";

const accepted = { accepted: false, status: 299, headers: {}, body: "reached" } as const;
const handlers: HostHandlers = {
  upgrade: () => accepted,
  fetch: () => new Response("reached"),
  problem: () => {},
};
const guarded = requireTls(handlers, (peer) => peer === "10.0.0.1");
const upgradeFrom = (remoteAddress: string) => guarded.upgrade({ remoteAddress } as UpgradeRequest);
const pageFor = async (peer: string) => guarded.fetch?.(new Request("http://chat.example/ws/ticket"), peer);

test("whoever may come without TLS reaches sockets and pages", async () => {
  assert.equal(upgradeFrom("10.0.0.1"), accepted);
  assert.equal(await (await pageFor("10.0.0.1"))?.text(), "reached");
});

test("nobody else does, neither a socket nor a page nor a ticket (R1)", async () => {
  const answer = await upgradeFrom("192.0.2.7");
  assert.ok(!answer.accepted);
  assert.equal(answer.status, 403);
  const page = await pageFor("192.0.2.7");
  assert.equal(page?.status, 403);
  assert.equal(await page?.text(), "TLS is required here\n");
});

test("where there are no pages there are none", () => {
  const { upgrade, problem } = handlers;
  assert.equal(requireTls({ upgrade, problem }, () => true).fetch, undefined);
});
