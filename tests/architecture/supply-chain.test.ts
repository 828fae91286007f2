import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryFiles, repositoryRoot } from "../../tools/repository-files.ts";
import { type Lock, type LockEntry, lockFaults, productionClosure } from "./lock.ts";

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
const { packages: lock }: { packages: Lock } = JSON.parse(read("package-lock.json"));

describe("supply chain", () => {
  test("every dependency is exact, checked by sha512, from the registry, script-free and licensed as listed", () => {
    assert.ok(Object.keys(lock).length > 20, "the lock file is nearly empty");
    assert.deepEqual(lockFaults(lock), []);
  });

  test("the lock file states what each package.json states", () => {
    for (const path of repositoryFiles().filter((each) => /(^|\/)package\.json$/.test(each))) {
      const manifest: LockEntry = JSON.parse(read(path));
      const entry = lock[path.replace(/\/?package\.json$/, "")];
      for (const group of ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const) {
        assert.deepEqual(entry?.[group] ?? {}, manifest[group] ?? {}, `${path}, ${group}: run npm install`);
      }
    }
  });

  test("npm runs no script while installing", () => {
    assert.match(read(".npmrc"), /^ignore-scripts=true$/m);
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read("package.json"));
    const relied = Object.keys(scripts).filter((name) => /^(pre|post|prepare$|install$)/.test(name));
    assert.deepEqual(relied, [], "ignore-scripts also stops our own pre and post scripts: call the command itself");
  });

  const budgets = { "packages/gateway": 40, "packages/client": 6 };
  for (const [path, budget] of Object.entries(budgets)) {
    test(`${path} brings at most ${budget} packages`, () => {
      const closure = productionClosure(lock, path);
      assert.notEqual(closure.length, 0, "found nothing, so counted nothing");
      assert.ok(closure.length <= budget, `${closure.length}: ${closure.join(" ")}`);
    });
  }
});

const sha512 = `sha512-${"A".repeat(86)}==`;
const sound: LockEntry = { version: "1.0.0", integrity: sha512, license: "MIT" };

describe("the lock checker reports", () => {
  const bad: readonly [string, Lock, RegExp][] = [
    ["a range", { "": { devDependencies: { a: "^1.0.0" } } }, /exact version/],
    ["a git dependency", { "packages/a": { devDependencies: { a: "github:b/a" } } }, /exact version/],
    ["a remote archive", { "": { peerDependencies: { a: "https://a.example/a.tgz" } } }, /exact version/],
    ["an alias elsewhere than among the attack fixtures", { "": { devDependencies: { a: "npm:b@1.0.0" } } }, /exact/],
    ["a range among them", { "tests/attacks/fixtures": { devDependencies: { a: "npm:b@^1.0.0" } } }, /exact/],
    ["a package the lock lacks", { "node_modules/a": { ...sound, optionalDependencies: { b: "^1.0.0" } } }, /lacks/],
    ["a missing hash", { "node_modules/a": { version: "1.0.0", license: "MIT" } }, /no sha512/],
    ["a weak hash", { "node_modules/a": { ...sound, integrity: "sha1-AAAA" } }, /no sha512/],
    [
      "another host",
      { "node_modules/a": { ...sound, resolved: "https://registry.example/a.tgz" } },
      /not from the npm/,
    ],
    ["git in the lock", { "node_modules/a": { ...sound, resolved: "git+ssh://a.example/a.git" } }, /not from the npm/],
    ["an install script", { "node_modules/a": { ...sound, hasInstallScript: true } }, /runs a script/],
    ["a licence not listed", { "node_modules/a": { ...sound, license: "AGPL-3.0" } }, /licence AGPL/],
    ["a half-listed licence", { "node_modules/a": { ...sound, license: "MIT AND GPL-2.0" } }, /licence MIT AND/],
    ["no licence", { "node_modules/a": { version: "1.0.0", integrity: sha512 } }, /licence \(none\)/],
    ["MPL in what is shipped", { "node_modules/a": { ...sound, license: "MPL-2.0" } }, /licence MPL/],
    ["an old ws", { "node_modules/ws": { ...sound, version: "8.21.0" } }, /below 8\.21\.1/],
    [
      "an old undici further in",
      { "node_modules/a/node_modules/undici": { ...sound, version: "6.99.9" } },
      /below 7\.28/,
    ],
  ];
  for (const [what, sample, message] of bad) {
    test(what, () => {
      const faults = lockFaults(sample);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0] ?? "", message);
    });
  }

  test("nothing about sound entries, workspace links, and old or MPL packages of development only", () => {
    const good: Lock = {
      "": { dependencies: { a: "1.0.0" } },
      "packages/b": { dependencies: { a: "1.0.0-rc.1" } },
      "tests/attacks/fixtures": { devDependencies: { a: "npm:ws@7.4.5" } },
      "node_modules/b": { link: true, resolved: "packages/b" },
      "node_modules/a": { ...sound, resolved: "https://registry.npmjs.org/a.tgz", license: "(GPL-2.0 OR MIT)" },
      "node_modules/ws": { ...sound, version: "8.21.1" },
      "node_modules/undici": { ...sound, version: "5.0.0", dev: true, license: "MPL-2.0" },
    };
    assert.deepEqual(lockFaults(good), []);
  });

  test("everything below a workspace once, through links and nested folders", () => {
    const sample: Lock = {
      "packages/top": { dependencies: { "@our/low": "1.0.0", a: "1.0.0" }, devDependencies: { unseen: "1.0.0" } },
      "packages/low": { dependencies: { a: "1.0.0" } },
      "node_modules/@our/low": { link: true, resolved: "packages/low" },
      "node_modules/a": { dependencies: { b: "^1.0.0" } },
      "node_modules/a/node_modules/b": { dependencies: { a: "^1.0.0" } },
      "node_modules/unseen": {},
    };
    assert.deepEqual(productionClosure(sample, "packages/top"), ["node_modules/a", "node_modules/a/node_modules/b"]);
  });
});
