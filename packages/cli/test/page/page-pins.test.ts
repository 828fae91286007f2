import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parsePin } from "@wardwire/crypto/keys/pin";
import { answerFrom, type BuiltPage } from "../../src/page/built-page.ts";
import { withPins } from "../../src/page/page-pins.ts";

const source = readFileSync(new URL("../../../../apps/chat/index.html", import.meta.url), "utf8");
const current = parsePin(`sha256:${"a".repeat(42)}A`);
const next = parsePin(`sha256:${"-_".repeat(21)}A`);

function pageWith(html: string): BuiltPage {
  const bytes = new TextEncoder().encode(html);
  const headers = { "Content-Type": "text/html", "Content-Length": String(bytes.byteLength) };
  const script = { bytes: new Uint8Array(), headers: {} };
  return new Map([
    ["/", { bytes, headers }],
    ["/assets/index.js", script],
  ]);
}

function ask(page: BuiltPage): Promise<string> | undefined {
  return answerFrom(page, new Request("https://localhost/"))?.text();
}

describe("the pins in the chat page", () => {
  test("stand in the document of the sources, the current one first, and its length is right", async () => {
    const before = pageWith(source);
    const page = withPins(before, [current, next]);
    const html = await ask(page);
    assert.ok(html?.includes(`<meta name="wardwire-server-key" content="${current} ${next}" />`));
    assert.equal(page.get("/")?.headers["Content-Length"], String(Buffer.byteLength(html ?? "")));
    assert.equal(html?.replace(`${current} ${next}`, ""), source, "nothing else has changed");
    assert.equal(page.get("/assets/index.js"), before.get("/assets/index.js"));
    assert.equal(await ask(before), source, "the page that was given stays as it was");
  });

  test("are not left out silently where the document has no place for them", () => {
    for (const page of [pageWith("<!doctype html>"), new Map()]) {
      assert.throws(() => withPins(page, [current]), { code: "configuration" });
    }
  });
});
