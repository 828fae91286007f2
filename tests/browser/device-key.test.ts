import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fromBase64url } from "@wardwire/crypto/base64url";
import { verifyDeviceProof } from "@wardwire/crypto/handshake/device-proof";
import { allow, createGateway } from "@wardwire/gateway";
import type { Page } from "playwright-core";
import { chat } from "../../examples/chat.contract.ts";
import type { ShownKey } from "./device-key-page.ts";
import { withoutBrowser } from "./fixtures/browser-binary.ts";
import { ServedPage } from "./served-page.ts";

const html =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Device key</title><pre id="root"></pre><script type="module" src="/page.js"></script></html>';

function start(): Promise<ServedPage> {
  return ServedPage.start({
    html,
    script: join(import.meta.dirname, "device-key-page.ts"),
    createGateway: (decisions) =>
      createGateway({
        ...decisions,
        contract: chat,
        authorize: () => allow(),
        commands: { renameRoom: ({ input }) => ({ title: input.title }) },
      }),
  });
}

async function shownBy(page: Page): Promise<ShownKey> {
  return JSON.parse(await page.locator("#root:not(:empty)").innerText());
}

describe("the device key of the guide's example, in a browser", { skip: withoutBrowser, timeout: 60_000 }, () => {
  test("is one for two callers at once, stays the same, cannot be read, and proves a token (AU-2)", async () => {
    await using served = await start();
    const page = await served.open("alice");
    const first = await shownBy(page);
    const [jwk = {}, other] = first.publicKeys;
    assert.deepEqual(other, jwk);
    assert.equal(first.exportFailure, "InvalidAccessError");
    const binding = { role: "auth", transcriptHash: new Uint8Array(32) } as const;
    const proof = fromBase64url(first.proof) ?? assert.fail("expected Base64url");
    assert.equal(await verifyDeviceProof(jwk, binding, "token", proof), true);
    assert.equal(await verifyDeviceProof(jwk, binding, "another", proof), false);

    await page.reload();
    const again = await shownBy(page);
    assert.deepEqual(again.publicKeys, first.publicKeys);
    const elsewhere = await shownBy(await served.open("bob"));
    assert.notDeepEqual(elsewhere.publicKeys, first.publicKeys);
    assert.deepEqual(served.problems, []);
  });
});
