import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { developmentPage } from "../../src/development/page.ts";

const page = developmentPage(["https://localhost:8443", "https://chat.test"]);

describe("the development page", () => {
  it("is served at / under each of its names, with its headers (R61)", async () => {
    for (const url of ["https://localhost:8443/", "https://chat.test/"]) {
      const response = await page(new Request(url));
      assert.equal(response.status, 200);
      assert.match(await response.text(), /wardwire is running/);
      assert.match(
        response.headers.get("content-security-policy") ?? "",
        /^default-src 'none'; .*frame-ancestors 'none'/,
      );
      const expected = {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      };
      for (const [name, value] of Object.entries(expected)) assert.equal(response.headers.get(name), value, name);
      for (const name of ["strict-transport-security", "permissions-policy"])
        assert.ok(response.headers.has(name), name);
    }
  });

  it("is not served under another name (R15)", async () => {
    for (const url of ["https://evil.test:8443/", "https://localhost:8444/", "https://localhost.evil.test/"]) {
      assert.equal((await page(new Request(url))).status, 421);
    }
  });

  it("is all there is, and only to be read", async () => {
    const missing = await page(new Request("https://localhost:8443/.wardwire/ca.pem"));
    assert.equal(missing.status, 404);
    assert.ok(missing.headers.has("content-security-policy"));
    assert.equal((await page(new Request("https://localhost:8443/", { method: "POST" }))).status, 405);
    assert.equal((await page(new Request("https://localhost:8443/", { method: "HEAD" }))).status, 200);
  });
});
