import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type InlineConfig } from "vite";
import config from "../vite.config.ts";

/** What the page may weigh, gzipped: script, style, icon and document together. */
const maxBytes = 41_500;

/** What a sealed connection needs besides, and what a browser without ML-KEM or ML-DSA needs besides that. */
const maxLazyBytes = { sealed: 30_000, fallback: 28_000 };

const root = fileURLToPath(new URL("..", import.meta.url));

describe("the built page", () => {
  let folder = "";
  const contents = new Map<string, Buffer>();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "wardwire-chat-"));
    const inline = config as unknown as InlineConfig;
    await build({ ...inline, configFile: false, root, logLevel: "silent", build: { ...inline.build, outDir: folder } });
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (/\.\w+$/.test(name)) contents.set(name, readFileSync(join(folder, name)));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("weighs at most 41.5 KB gzipped, without what a sealed connection needs", (t) => {
    const parts = [...contents].filter(([name]) => !/(sealed|fallback)-/.test(name));
    assert.ok(parts.some(([name]) => name.endsWith(".js")) && parts.some(([name]) => name.endsWith(".css")));
    const bytes = parts.reduce((sum, [, content]) => sum + gzipped(content), 0);
    t.diagnostic(`${bytes} bytes gzipped`);
    assert.ok(bytes <= maxBytes, `${bytes} bytes; ${maxBytes} is the most`);
  });

  test("has what a sealed connection needs in one script, and what old browsers need in another", (t) => {
    const scripts = [...contents].filter(([name]) => name.endsWith(".js"));
    assert.equal(scripts.length, 3, scripts.map(([name]) => name).join(", "));
    for (const [part, most] of Object.entries(maxLazyBytes)) {
      const [, content = Buffer.alloc(0)] = scripts.find(([name]) => name.startsWith(`assets/${part}-`)) ?? [];
      const bytes = gzipped(content);
      t.diagnostic(`${part}: ${bytes} bytes gzipped`);
      assert.ok(content.byteLength > 0 && bytes <= most, `${part}: ${bytes} bytes; ${most} is the most`);
    }
  });

  test("loads what a sealed connection needs only when there is one", () => {
    const script = String(
      [...contents].find(([name]) => name.startsWith("assets/index-") && name.endsWith(".js"))?.[1],
    );
    const sealed = String([...contents].find(([name]) => name.startsWith("assets/sealed-"))?.[1]);
    assert.match(script, /import\(`\.\/sealed-/);
    assert.doesNotMatch(script, /from\s*["'`]\.\/|import\(`\.\/fallback-/);
    assert.match(sealed, /import\(`\.\/fallback-/);
    assert.doesNotMatch(sealed, /from\s*["'`]\.\/(?!index-)/);
  });

  test("has one script and one style sheet, and nothing inline (R61)", () => {
    const document = String(contents.get("index.html"));
    assert.equal(document.match(/<script\b/g)?.length, 1);
    assert.match(document, /<script type="module" crossorigin src="\/assets\/[\w-]+\.js"><\/script>/);
    assert.equal(document.match(/rel="stylesheet"/g)?.length, 1);
    assert.doesNotMatch(document, /<style|\sstyle=|\son\w+=|javascript:|data:/);
  });

  test("names nothing that makes markup or code of text (R61)", () => {
    const script = [...contents].filter(([name]) => name.endsWith(".js")).map(([, content]) => String(content));
    // Preact itself names innerHTML, for a property this page never gives; Trusted Types would stop it.
    for (const sink of ["outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]) {
      assert.ok(!script.some((text) => text.includes(sink)), sink);
    }
  });

  test("loads everything from where it came from", () => {
    for (const [name, content] of contents) {
      if (!name.endsWith(".html") && !name.endsWith(".css")) continue;
      assert.doesNotMatch(String(content), /https?:|\/\/\w/, name);
    }
  });
});

function gzipped(content: Buffer): number {
  return gzipSync(content, { level: 9 }).byteLength;
}

describe("the sources of the page", () => {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tsx?$/.test(name),
  );

  test("make no markup of text and set no style by attribute (R61)", () => {
    assert.ok(sources.length > 20);
    for (const name of sources) {
      const source = readFileSync(join(root, "src", name), "utf8");
      assert.doesNotMatch(source, /innerHTML|dangerouslySet|insertAdjacent|\bstyle=|\beval\(/, name);
    }
  });
});
