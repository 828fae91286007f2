import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { developmentPage } from "../../src/development/page.ts";
import { loadTokenKey } from "../../src/development/token-key.ts";
import type { BuiltPage } from "../../src/page/built-page.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

using folder = temporaryFolder();
const tokenKey = await loadTokenKey(folder.path);
const origins = ["https://localhost:8443", "https://[::1]:8443", "https://chat.test"];
const bytes = new TextEncoder().encode("<!doctype html><title>chat</title>");
const built: BuiltPage = new Map([["/", { bytes, headers: { "Content-Type": "text/html; charset=utf-8" } }]]);

const chat = developmentPage(origins, { chat: { found: true, page: built }, tokenKey });
const bare = developmentPage(origins, { chat: { found: false, why: "<b>Vite</b> is not installed" }, tokenKey });

/** Every header a response of any kind carries (R61). */
const expectedHeaders = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self' wss://localhost:8443 wss://chat.test; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
};

describe("the development page", () => {
  const requests: readonly [string, Request, number][] = [
    ["the page", new Request("https://localhost:8443/"), 200],
    ["the page under its public name", new Request("https://chat.test/"), 200],
    ["what is not there", new Request("https://localhost:8443/.wardwire/ca.pem"), 404],
    ["a method that is not offered", new Request("https://localhost:8443/", { method: "POST" }), 405],
    ["another host", new Request("https://evil.test:8443/"), 421],
    ["a sign-in from elsewhere", new Request("https://chat.test/development/token", { method: "POST" }), 403],
  ];
  for (const page of [chat, bare]) {
    for (const [what, request, status] of requests) {
      it(`answers ${what} with ${status} and all its headers (R61)`, async () => {
        const response = await page(request.clone());
        assert.equal(response.status, status);
        for (const [name, value] of Object.entries(expectedHeaders)) {
          assert.equal(response.headers.get(name), value, name);
        }
        assert.match(response.headers.get("permissions-policy") ?? "", /camera=\(\).*microphone=\(\)/);
        assert.match(response.headers.get("strict-transport-security") ?? "", /^max-age=\d+$/);
        assert.equal(response.headers.get("set-cookie"), null);
      });
    }
  }

  it("is kept to HTTPS for two years, on loopback for an hour, since other projects live there too (R61)", async () => {
    const hsts = async (url: string): Promise<string | null> =>
      (await chat(new Request(url))).headers.get("strict-transport-security");
    assert.equal(await hsts("https://chat.test/"), "max-age=63072000");
    assert.equal(await hsts("https://localhost:8443/"), "max-age=3600");
    assert.equal(await hsts("https://[::1]:8443/"), "max-age=3600");
  });

  it("is not served under another name (R15)", async () => {
    for (const url of ["https://evil.test:8443/", "https://localhost:8444/", "https://localhost.evil.test/"]) {
      assert.equal((await chat(new Request(url))).status, 421);
    }
  });

  it("answers HEAD", async () => {
    const response = await chat(new Request("https://localhost:8443/", { method: "HEAD" }));
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "");
  });

  it("signs its own page in", async () => {
    const response = await chat(
      new Request("https://localhost:8443/development/token", {
        method: "POST",
        headers: {
          Origin: "https://localhost:8443",
          "Sec-Fetch-Site": "same-origin",
          "Content-Type": "application/json",
        },
        body: JSON.stringify({ name: "alice", device: "phone" }),
      }),
    );
    assert.equal(response.status, 200);
  });

  it("shows a sign of life where the chat is missing, and says why as text (R61)", async () => {
    const text = await (await bare(new Request("https://localhost:8443/"))).text();
    assert.match(text, /wardwire is running/);
    assert.match(text, /&#60;b&#62;Vite&#60;\/b&#62; is not installed/);
    assert.doesNotMatch(text, /<b>Vite/);
  });
});
