import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { answerFrom, loadBuiltPage } from "../../src/page/built-page.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

function folderWith(files: Readonly<Record<string, string>>): TemporaryFolder {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(folder.at(name)), { recursive: true });
    writeFileSync(folder.at(name), content);
  }
  return folder;
}

const files = {
  "index.html": "<!doctype html>",
  "assets/index-abc.js": "let a = 1;",
  "assets/index-abc.css": "a{}",
  "assets/icon-abc.svg": "<svg/>",
};

function ask(page: ReturnType<typeof loadBuiltPage>, path: string, method = "GET"): Response | undefined {
  return answerFrom(page, new Request(`https://localhost:8443${path}`, { method }));
}

describe("a built page", () => {
  using folder = folderWith(files);
  const page = loadBuiltPage(folder.path);

  const expected: readonly [string, string, string][] = [
    ["/", "text/html; charset=utf-8", "no-cache"],
    ["/assets/index-abc.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"],
    ["/assets/index-abc.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"],
    ["/assets/icon-abc.svg", "image/svg+xml", "public, max-age=31536000, immutable"],
  ];
  for (const [path, mediaType, caching] of expected) {
    test(`serves ${path} with its type and how long to keep it`, async () => {
      const response = ask(page, path);
      assert.equal(response?.status, 200);
      assert.equal(response.headers.get("content-type"), mediaType);
      assert.equal(response.headers.get("cache-control"), caching);
      assert.equal(String((await response.bytes()).byteLength), response.headers.get("content-length"));
    });
  }

  test("answers HEAD like GET without a body", async () => {
    const response = ask(page, "/assets/index-abc.js", "HEAD");
    assert.equal(response?.headers.get("content-length"), "10");
    assert.equal(await response.text(), "");
  });

  test("is only to be read", () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const response = ask(page, "/", method);
      assert.equal(response?.status, 405);
      assert.equal(response.headers.get("allow"), "GET, HEAD");
    }
  });

  const elsewhere = [
    "/index.html",
    "/assets",
    "/assets/",
    "/assets/../index.html/x",
    "/..%2findex.html",
    "/assets/%2e%2e/%2e%2e/etc/passwd",
    "//etc/passwd",
    "/ASSETS/index-abc.js",
    "/assets/index-abc.js%00",
    "/__proto__",
  ];
  for (const path of elsewhere) {
    test(`has nothing at ${path}`, () => assert.equal(ask(page, path), undefined));
  }

  test("does not see what is written to the folder afterwards", () => {
    using later = folderWith(files);
    const read = loadBuiltPage(later.path);
    writeFileSync(later.at("assets/late.js"), "late");
    assert.equal(ask(read, "/assets/late.js"), undefined);
    assert.notEqual(ask(loadBuiltPage(later.path), "/assets/late.js"), undefined);
  });
});

describe("loadBuiltPage()", () => {
  test("refuses a folder without index.html, one with a file of an unknown kind, and none", () => {
    using empty = folderWith({ "assets/a.js": "" });
    assert.throws(() => loadBuiltPage(empty.path), { code: "configuration", message: /no index\.html/ });
    using odd = folderWith({ ...files, "assets/a.map": "{}" });
    assert.throws(() => loadBuiltPage(odd.path), { code: "configuration", message: /a\.map is of a kind/ });
    assert.throws(() => loadBuiltPage(empty.at("missing")), { code: "ENOENT" });
  });
});
