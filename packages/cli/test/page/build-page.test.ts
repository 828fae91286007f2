import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildPage } from "../../src/page/build-page.ts";
import { findPage } from "../../src/page/find-page.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

/** A clone with the sources of the page and the installed packages. */
function clone(): TemporaryFolder {
  const folder = temporaryFolder();
  const sources = [
    "apps/chat",
    "contracts",
    "packages/client",
    "packages/contract",
    "packages/crypto",
    "packages/wire",
  ];
  const isSource = (path: string): boolean =>
    !/[\\/](dist|test|node_modules)([\\/]|$)/.test(path.slice(repository.length));
  for (const path of [...sources, "package-lock.json", "tsconfig.base.json"]) {
    cpSync(join(repository, path), folder.at(path), { recursive: true, filter: isSource });
  }
  symlinkSync(join(repository, "node_modules"), folder.at("node_modules"), "dir");
  return folder;
}

const builds = (folder: TemporaryFolder): readonly string[] => readdirSync(folder.at("apps/chat/dist"));

describe("the chat page of a clone", () => {
  test("is built when it is missing, found at once when it is fresh, and built anew when it is stale", async () => {
    using folder = clone();
    const said: string[] = [];
    const build = (): Promise<string> => buildPage(folder.path, (line) => said.push(line));

    const first = await build();
    assert.ok(readdirSync(first).includes("index.html"));
    assert.deepEqual(said, ["building the chat page…"]);
    assert.equal(await build(), first);
    assert.equal(said.length, 1);

    appendFileSync(folder.at("apps/chat/src/style/theme.css"), "\n");
    const second = await build();
    assert.notEqual(second, first);
    assert.equal(said.length, 2);
    assert.equal(builds(folder).length, 1, "a build nobody can want any more was kept");
  });

  test("is built by gateways that start together without one disturbing the other", async () => {
    using folder = clone();
    const folders = await Promise.all([1, 2].map(() => buildPage(folder.path, () => undefined)));
    assert.equal(new Set(folders).size, 1);
    assert.equal(builds(folder).length, 1);
  });

  test("says what is wrong when it cannot be built, and leaves nothing half done", async () => {
    using folder = clone();
    writeFileSync(folder.at("apps/chat/src/main.tsx"), "this is not TypeScript");
    await assert.rejects(
      buildPage(folder.path, () => undefined),
      { code: "configuration", message: /the chat page could not be built: [\s\S]*main\.tsx/ },
    );
    assert.deepEqual(builds(folder), []);
  });

  test("says what to do where Vite is not installed", async () => {
    using folder = clone();
    using bare = temporaryFolder();
    cpSync(folder.path, bare.path, { recursive: true, filter: (path) => !path.endsWith("node_modules") });
    mkdirSync(bare.at("node_modules"));
    await assert.rejects(
      buildPage(bare.path, () => undefined),
      { code: "configuration", message: /run npm ci/ },
    );
  });
});

describe("findPage()", () => {
  test("gives the page of this clone, ready to be served", async () => {
    const found = await findPage(() => undefined);
    assert.ok(found.found);
    assert.ok(found.page.has("/"));
  });
});
