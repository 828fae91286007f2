import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type OutputChunk, rolldown } from "rolldown";

/** ADR 0009 says what the last kilobyte is for. */
const maxCoreBytes = 11 * 1_024;

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

function modulesOf(chunks: readonly OutputChunk[]): string {
  return chunks.flatMap(({ moduleIds }) => moduleIds).join("\n");
}

test("the JSON core of a page is at most 11 KB gzipped", (t) => {
  const bytes = gzipSync(core.map(({ code }) => code).join("\n"), { level: 9 }).length;
  t.diagnostic(`${bytes} bytes gzipped`);
  assert.ok(bytes <= maxCoreBytes, `${bytes} bytes, at most ${maxCoreBytes} are allowed`);
});

test("a page gets the browser's socket, and nothing of Node's", () => {
  const modules = modulesOf([...core, ...lazy]);
  assert.match(modules, /browser-socket\.ts/);
  assert.doesNotMatch(modules, /node-socket\.ts|node_modules\/ws\//);
});

test("CBOR and the contract's checks are chunks of their own, loaded when they are asked for", () => {
  assert.match(modulesOf(lazy), /cborg/);
  assert.match(modulesOf(lazy), /contract-check\.ts/);
  assert.doesNotMatch(modulesOf(core), /cborg|cbor\.ts|packages\/contract/);
});
