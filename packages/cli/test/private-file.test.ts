import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { openDataFolder } from "../src/development/data-folder.ts";
import { createPrivateFile, readPrivateFile, replacePrivateFile } from "../src/private-file.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

function file(path: string, mode: number): string {
  writeFileSync(path, "secret");
  chmodSync(path, mode);
  return path;
}

describe("private files", () => {
  it("reads a file that only its owner can read", () => {
    using folder = temporaryFolder();
    assert.equal(readPrivateFile(file(folder.at("key"), 0o600))?.toString(), "secret");
    assert.equal(readPrivateFile(file(folder.at("read-only"), 0o400))?.toString(), "secret");
  });

  it("refuses a file that group or others can read or write, and says chmod", () => {
    using folder = temporaryFolder();
    for (const mode of [0o640, 0o620, 0o604, 0o602, 0o644, 0o666]) {
      const path = file(folder.at(`key-${mode}`), mode);
      const expected = { code: "configuration", message: new RegExp(`mode ${mode.toString(8)}.*chmod 600`) };
      assert.throws(() => readPrivateFile(path), expected);
    }
  });

  it("lets a group in, but no others, where that is asked for", () => {
    using folder = temporaryFolder();
    assert.equal(readPrivateFile(file(folder.at("group"), 0o640), "others")?.toString(), "secret");
    assert.throws(() => readPrivateFile(file(folder.at("others"), 0o644), "others"), { code: "configuration" });
  });

  it("judges the file a link leads to", () => {
    using folder = temporaryFolder();
    symlinkSync(file(folder.at("open"), 0o644), folder.at("link"));
    assert.throws(() => readPrivateFile(folder.at("link")), { code: "configuration" });
  });

  it("tells a missing file from one that is none", () => {
    using folder = temporaryFolder();
    assert.equal(readPrivateFile(folder.at("missing")), undefined);
    mkdirSync(folder.at("folder"), { mode: 0o700 });
    assert.throws(() => readPrivateFile(folder.at("folder")), { code: "configuration", message: /regular file/ });
  });

  it("refuses a file too large to be a key", () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("large"), Buffer.alloc(1_048_577), { mode: 0o600 });
    assert.throws(() => readPrivateFile(folder.at("large")), { code: "configuration", message: /too large/ });
  });

  it("writes files with mode 0600 and leaves nothing else behind", () => {
    using folder = temporaryFolder();
    replacePrivateFile(folder.at("a"), "1");
    replacePrivateFile(folder.at("a"), "2");
    assert.equal(readPrivateFile(folder.at("a"))?.toString(), "2");
    assert.equal(statSync(folder.at("a")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder.path), ["a"]);
  });

  it("creates a file once: the second of two keeps what the first made", () => {
    using folder = temporaryFolder();
    assert.equal(createPrivateFile(folder.at("a"), "first"), true);
    assert.equal(createPrivateFile(folder.at("a"), "second"), false);
    assert.equal(readPrivateFile(folder.at("a"))?.toString(), "first");
    assert.deepEqual(readdirSync(folder.path), ["a"]);
  });
});

describe("the data folder", () => {
  it("is made with mode 0700", () => {
    using folder = temporaryFolder();
    openDataFolder(folder.at("data"));
    assert.equal(statSync(folder.at("data")).mode & 0o777, 0o700);
  });

  it("is refused when others may write in it", () => {
    using folder = temporaryFolder();
    mkdirSync(folder.at("data"));
    chmodSync(folder.at("data"), 0o777);
    assert.throws(() => openDataFolder(folder.at("data")), { code: "configuration", message: /chmod 700/ });
  });

  it("is refused when it is a file", () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("data"), "");
    assert.throws(() => openDataFolder(folder.at("data")), { code: "configuration", message: /EEXIST.*--data/ });
  });
});
