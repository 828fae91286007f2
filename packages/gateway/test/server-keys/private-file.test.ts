import assert from "node:assert/strict";
import fs, { fstatSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createPrivateFile, replacePrivateFile } from "../../src/server-keys/private-file.ts";

describe("private files", () => {
  for (const write of [createPrivateFile, replacePrivateFile]) {
    test(`${write.name} has written both the file and its name in the folder to the disk when it returns`, (context) => {
      const folder = mkdtempSync(join(tmpdir(), "wardwire-private-"));
      const written: string[] = [];
      context.mock.method(fs, "fsyncSync", (descriptor: number) => {
        const found = fs.existsSync(join(folder, "secret")) ? "named" : "not named";
        written.push(`${fstatSync(descriptor).isDirectory() ? "folder" : "file"}, ${found}`);
      });
      syncBuiltinESMExports();
      try {
        write(join(folder, "secret"), "content");
        assert.deepEqual(written, ["file, not named", "folder, named"]);
        assert.equal(readFileSync(join(folder, "secret"), "utf8"), "content");
      } finally {
        context.mock.restoreAll();
        syncBuiltinESMExports();
        rmSync(folder, { recursive: true });
      }
    });
  }
});
