import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConnectionOptions } from "node:tls";
import { handshake, handshakeHeaders, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { guardedTarget } from "../fixtures/target.ts";
import { laxOrigins, laxOriginTarget } from "../fixtures/weak/lax-origins.ts";

const own = "https://chat.example";
const foreign: readonly string[] = [
  "null",
  "NULL",
  "undefined",
  "*",
  "https://evil.example",
  "https://evil.example/https://chat.example",
  "https://evil.example?https://chat.example",
  "https://evil.example#https://chat.example",
  "https://evil.example\\@chat.example",
  "https://chat.example.evil.example",
  "https://chat.example@evil.example",
  "https://chat.example:443@evil.example",
  "https://evilchat.example",
  "https://evil-chat.example",
  "https://chatXexample",
  "https://chat-example",
  "https://chat.example.com",
  "https://chat.exampl",
  "https://sub.chat.example",
  "https://example",
  "http://chat.example",
  "wss://chat.example",
  "ftp://chat.example",
  "file://",
  "//chat.example",
  "chat.example",
  "https:chat.example",
  "https:/chat.example",
  "https:///chat.example",
  "https://chat.example/",
  "https://chat.example/chat",
  "https://chat.example.",
  "https://chat.example:",
  "https://chat.example:443",
  "https://chat.example:444",
  "https://chat.example:8443",
  "HTTPS://chat.example",
  "https://CHAT.example",
  "https://user@chat.example",
  "https://chat%2eexample",
  "https://ch\u0430t.example",
  "https://chat.example https://evil.example",
  "https://*.example",
  "https://127.0.0.1",
  "http://localhost",
  "http://[::1]",
  "chrome-extension://chat.example",
  "data:text/html",
  "blob:https://chat.example/1b4e28ba",
  "__proto__",
];

/** The status a handshake from a page of this origin is answered with. */
async function statusFor(port: number, origin: string, tls?: ConnectionOptions): Promise<number> {
  await using client = await RawClient.connect(port, tls);
  client.write(Buffer.from(handshake([...handshakeHeaders, `Origin: ${origin}`]), "utf8"));
  return (await client.readResponse()).status;
}

describe("attack 13: a page of another origin (CSWSH)", { timeout: 30_000 }, () => {
  test("attack 13: 50 foreign origins are refused over real TLS, and the gateway's own is not (CVE-2025-24010, CVE-2026-27977, CVE-2026-27148, GHSA-f53g-frr2-jhpf, CVE-2026-25253, CVE-2018-14732, CVE-2025-30359, CVE-2024-23898, R14)", async () => {
    await using target = await guardedTarget({ maxUnauthenticatedPerIp: 100 }, "tls");
    // Whose certificate it is does not matter here.
    const tls = { servername: "localhost", rejectUnauthorized: false };
    assert.ok(new Set(foreign).size >= 40);
    for (const origin of foreign) assert.equal(await statusFor(target.port, origin, tls), 403, origin);
    assert.equal(await statusFor(target.port, own, tls), 101);
    for (const joined of [`${own}, https://evil.example`, `${own}\r\nOrigin: https://evil.example`]) {
      assert.equal(await statusFor(target.port, joined, tls), 400, "more than one origin is no handshake");
    }
  });

  for (const [fault, admits] of Object.entries(laxOrigins)) {
    test(`negative control: a server that ${fault} lets some of them in`, async (t) => {
      await using target = await laxOriginTarget(admits, own);
      assert.equal(await statusFor(target.port, own), 101);
      const admitted: string[] = [];
      for (const origin of foreign) if ((await statusFor(target.port, origin)) === 101) admitted.push(origin);
      t.diagnostic(`${admitted.length} of ${foreign.length}, ${admitted[0]} for one`);
      assert.notEqual(admitted.length, 0);
    });
  }
});
