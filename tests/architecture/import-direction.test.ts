import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryFiles, repositoryRoot } from "../../tools/repository-files.ts";
import { direction, importFaults, type Manifest, type SourceFile } from "./import-rules.ts";
import { importsOf, unreadable } from "./imports.ts";

const files = repositoryFiles();
const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
// The manifest under tests/ declares old releases to attack, and is no package of ours.
const rooms = files
  .filter((path) => path.endsWith("/package.json") && !path.startsWith("tests/"))
  .map((path) => path.slice(0, -"/package.json".length));
const { devDependencies }: Manifest = JSON.parse(read("package.json"));

describe("import direction", () => {
  for (const room of rooms) {
    test(`${room} imports only what lies below it and what it declares`, () => {
      assert.ok(room in direction, `${room} has no row in tests/architecture/import-rules.ts`);
      const manifest: Manifest = JSON.parse(read(`${room}/package.json`));
      const sources = files.filter((path) => path.startsWith(`${room}/`) && /\.tsx?$/.test(path));
      assert.notEqual(sources.length, 0, `${room} has no source to check`);
      const sharedDevDependencies = Object.keys(devDependencies ?? {});
      const faults = sources.flatMap((path) =>
        importFaults({ path, room, source: read(path), manifest, sharedDevDependencies }),
      );
      assert.deepEqual(faults, []);
    });
  }

  test("declares no dependency of ours that the table forbids", () => {
    for (const room of rooms) {
      const manifest: Manifest = JSON.parse(read(`${room}/package.json`));
      const ours = Object.keys({ ...manifest.dependencies }).filter((name) => /^(@wardwire\/|wardwire$)/.test(name));
      const allowed = direction[room] ?? [];
      const forbidden = ours.filter(
        (name) => allowed !== "everything" && !allowed.some((each) => each.startsWith(name)),
      );
      assert.deepEqual(forbidden, [], `${room}/package.json`);
    }
  });
});

describe("the import reader", () => {
  const forms: readonly [string, string, readonly string[]][] = [
    ["a static import", 'import { a } from "x";', ["x"]],
    ["an import over several lines", 'import {\n  a,\n  type B,\n} from "x/y";', ["x/y"]],
    ["a default and a namespace", "import a, * as b from 'x';", ["x"]],
    ["a type import", 'import type { A } from "x";', ["x"]],
    ["an import for its effect", 'import "x";', ["x"]],
    ["a re-export", 'export { a } from "x"; export * from "y"; export type { B } from "z";', ["x", "y", "z"]],
    ["a dynamic import", 'const a = await import("x");', ["x"]],
    ["an import type", 'type A = import("x").A;', ["x"]],
    ["require", 'const a = require("x");', ["x"]],
    ["a template without holes", "await import(`x`);", ["x"]],
    ["a computed specifier", "await import(name);", [unreadable]],
    ["a template with holes", `await import(\`./\${name}.ts\`);`, [unreadable]],
    ["a comment", '// import "x"\n/* from "y" import("z") */ import "w";', ["w"]],
    ["a slash pair inside a string", 'const url = "https://x"; import "y";', ["y"]],
    ["words that only look like imports", 'const text = "a"; export const from = "x"; meta.import("x");', []],
    ["a string that says import", 'const conditions = ["import", "node"]; f("from", "x");', []],
    ["import.meta", "import.meta.dirname;", []],
  ];
  for (const [what, source, expected] of forms) {
    test(`reads ${what}`, () => assert.deepEqual(importsOf(source), expected));
  }
});

describe("the import checker reports", () => {
  const manifest: Manifest = { name: "@wardwire/gateway", dependencies: { ws: "1", "@wardwire/crypto": "1" } };
  const gateway: SourceFile = {
    path: "packages/gateway/src/accept/upgrade.ts",
    room: "packages/gateway",
    source: "",
    manifest,
    sharedDevDependencies: ["fast-check"],
  };
  const wire: SourceFile = {
    ...gateway,
    path: "packages/wire/src/json.ts",
    room: "packages/wire",
    manifest: {
      name: "@wardwire/wire",
      dependencies: { "@wardwire/contract": "1" },
      devDependencies: { cborg: "1" },
    },
  };
  const demo: SourceFile = {
    ...gateway,
    path: "contracts/demo.contract.ts",
    room: "contracts",
    manifest: { name: "@wardwire/contracts", dependencies: { "@wardwire/contract": "1", valibot: "1", hono: "1" } },
  };
  const scanner: SourceFile = { ...gateway, path: "packages/scanner/src/scan.ts", room: "packages/scanner" };

  const bad: readonly [string, SourceFile, string, RegExp][] = [
    ["an upward import", wire, 'import "@wardwire/contract";', /may not depend on it/],
    ["an upward type import", wire, 'import type { A } from "@wardwire/gateway";', /may not depend on it/],
    ["group keys in the gateway", gateway, 'import "@wardwire/crypto/mls";', /may not depend on it/],
    ["an upward dynamic import", gateway, 'await import("@wardwire/client");', /may not depend on it/],
    ["an undeclared package of ours", gateway, 'import "@wardwire/wire/frames";', /not in the dependencies/],
    ["an undeclared library", gateway, 'import "pino";', /not in the dependencies/],
    ["a development dependency in what is shipped", gateway, 'import "fast-check";', /not in the dependencies/],
    ["a relative path into another package", gateway, 'import "../../../wire/src/frames.ts";', /leaves the package/],
    ["a test imported by what is shipped", gateway, 'import "../../test/x.ts";', /may not import a test/],
    ["ws outside host/", gateway, 'import type { WebSocket } from "ws";', /only host\/ may/],
    ["node:tls outside host/", gateway, 'import { connect } from "node:tls";', /only host\/ may/],
    ["Bun outside host/", gateway, "export const server = Bun.serve({});", /names Bun/],
    ["the library of its tests in wire", wire, 'import { decode } from "cborg";', /not in the dependencies/],
    ["another library in a contract", demo, 'import "hono";', /schema library only/],
    ["Node in a contract", demo, 'import "node:fs";', /schema library only/],
    ["ws in the scanner", scanner, 'import "ws";', /must not share/],
    ["the gateway in the scanner", scanner, 'import "@wardwire/client";', /may not depend on it/],
    ["its own name inside a package", gateway, 'import "@wardwire/gateway/options";', /by relative path/],
    ["a computed specifier", gateway, "await import(name);", /cannot be checked/],
  ];
  for (const [what, file, source, message] of bad) {
    test(what, () => {
      const faults = importFaults({ ...file, source });
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0] ?? "", message);
    });
  }

  const good: readonly [string, SourceFile, string][] = [
    ["ws inside host/", { ...gateway, path: "packages/gateway/src/host/node.ts" }, 'import "ws";'],
    ["a name of its own imports map", gateway, 'import "#default-socket";'],
    ["an allowed subpath", gateway, 'import "@wardwire/crypto/secret-bytes";'],
    ["a schema library in a contract", demo, 'import * as v from "valibot"; import "@wardwire/contract";'],
    [
      "a shared development dependency in a test",
      { ...gateway, path: "packages/gateway/test/x.test.ts" },
      'import "fast-check";',
    ],
  ];
  for (const [what, file, source] of good) {
    test(`nothing about ${what}`, () => assert.deepEqual(importFaults({ ...file, source }), []));
  }
});
