import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type OutputChunk, rolldown } from "rolldown";

/** ADR 0009 says what the eleventh kilobyte is for; half a one more is the fields and hooks of sealed connections. */
const maxCoreBytes = 11.5 * 1_024;

/** A sealed page in a browser that has every algorithm; the issue asked for 18 KB. */
const maxSealedBytes = 32.5 * 1_024;
const sealedLine = "A sealed page in a browser that has every algorithm is held to 32.5 KB gzipped, not to 18 KB";

/** A page that connects; what it does not import, a bundler leaves out. */
const page = {
  name: "page",
  resolveId: (id: string) => (id === "page" ? id : undefined),
  load: (id: string) => (id === "page" ? `export { connect } from ${JSON.stringify(entry)};` : undefined),
};
const entry = fileURLToPath(new URL("../src/connect.ts", import.meta.url));

/** Bundles the page: what it loads at once, and what it loads when asked for. */
async function bundleForBrowsers(): Promise<{ core: OutputChunk[]; lazy: OutputChunk[] }> {
  const bundle = await rolldown({
    input: "page",
    plugins: [page],
    platform: "browser",
    resolve: { conditionNames: ["@wardwire/source", "browser", "module", "import", "default"] },
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  const chunks = output.filter((file) => file.type === "chunk");
  const core = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const chunk of core) for (const next of chunks) if (chunk.imports.includes(next.fileName)) core.add(next);
  return { core: [...core], lazy: chunks.filter((chunk) => !core.has(chunk)) };
}

const { core, lazy } = await bundleForBrowsers();

/** What a sealed connection loads besides: not the contract's checks, and of JavaScript's own cryptography SHA-3 alone. */
const sealed = lazy.filter((chunk) => !/contract-check|signatures|key-exchange|aead|_crystals/.test(chunk.fileName));

function gzippedBytes(chunks: readonly OutputChunk[]): number {
  return gzipSync(chunks.map(({ code }) => code).join("\n"), { level: 9 }).length;
}

function modulesOf(chunks: readonly OutputChunk[]): string {
  return chunks.flatMap(({ moduleIds }) => moduleIds).join("\n");
}

test("the JSON core of a page is at most 11.5 KB gzipped", (t) => {
  const bytes = gzippedBytes(core);
  t.diagnostic(`${bytes} bytes gzipped`);
  assert.ok(bytes <= maxCoreBytes, `${bytes} bytes, at most ${maxCoreBytes} are allowed`);
});

test("a page gets the browser's socket, and nothing of Node's", () => {
  const modules = modulesOf([...core, ...lazy]);
  assert.match(modules, /browser-socket\.ts/);
  assert.doesNotMatch(modules, /node-socket\.ts|node_modules\/ws\//);
});

test("CBOR and the contract's checks are chunks of their own, loaded when they are asked for", () => {
  assert.match(modulesOf(lazy), /wire\/src\/cbor\.ts/);
  assert.match(modulesOf(lazy), /contract-check\.ts/);
  assert.doesNotMatch(modulesOf(core), /cbor|packages\/contract/);
  assert.doesNotMatch(modulesOf([...core, ...lazy]), /cborg/);
});

test("a sealed page in a browser that has every algorithm is at most 32.5 KB gzipped", (t) => {
  const bytes = gzippedBytes([...core, ...sealed]);
  t.diagnostic(`${bytes} bytes gzipped`);
  assert.match(modulesOf(sealed), /sealed-transport\.ts/);
  assert.match(modulesOf(sealed), /primitives\/web\.ts/);
  assert.match(modulesOf(sealed), /hashes\/sha3\.js/);
  assert.ok(bytes <= maxSealedBytes, `${bytes} bytes, at most ${maxSealedBytes} are allowed`);
});

test("what a sealed page is held to, and what was asked for, stands among the known limits", () => {
  const limits = readFileSync(new URL("../../../docs/known-limits.md", import.meta.url), "utf8");
  assert.ok(limits.includes(`| 2026-11-21 | ${sealedLine} |`));
});

test("what a browser may lack is in chunks that it loads only then, and Node's cryptography in none", () => {
  const native = modulesOf([...core, ...sealed]);
  assert.doesNotMatch(native, /@noble\/(curves|ciphers|post-quantum)/);
  assert.match(modulesOf(lazy), /@noble\/post-quantum\/ml-dsa\.js/);
  assert.doesNotMatch(modulesOf([...core, ...lazy]), /primitives\/node|platform\/node\.ts/);
});

test("a page without a pin loads no cryptography", () => {
  assert.doesNotMatch(modulesOf(core), /packages\/crypto|src\/sealed\//);
});
