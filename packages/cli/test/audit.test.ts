import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseAuditKeys } from "@wardwire/gateway/audit/keys";
import { openAuditLog } from "@wardwire/gateway/audit/log";
import { runCommand } from "./support/command.ts";
import { type TemporaryFolder, temporaryFolder } from "./support/temporary-folder.ts";

const keyLine = `k1 ${Buffer.alloc(32, 7).toString("base64url")}\n`;

/** A closed log of three logins, its head, and the file with its key. */
async function writtenLog(): Promise<TemporaryFolder & { readonly log: string; readonly keyFile: string }> {
  const folder = temporaryFolder();
  const log = folder.at("audit.jsonl");
  const keyFile = folder.at("audit.keys");
  writeFileSync(keyFile, keyLine, { mode: 0o600 });
  const opened = await openAuditLog({ path: log, keys: await parseAuditKeys(keyLine), source: "test" });
  for (const user of ["alice", "bob", "carol"]) {
    opened.record({ event: "authn_login_success", level: "info", fields: { user } });
  }
  await opened.close();
  return { ...folder, log, keyFile };
}

const verify = (...words: readonly string[]) => runCommand(["audit", "verify", ...words]);

/** Leaves the first two lines of a log: cut off behind its first checkpoint. */
function cutOff(log: string): void {
  const lines = readFileSync(log, "utf8").split("\n").slice(0, 2);
  writeFileSync(log, `${lines.join("\n")}\n`);
}

describe("wardwire audit verify", () => {
  it("ends 0 for a sound log, with one JSON document under --json", async () => {
    using folder = await writtenLog();
    const people = await verify(folder.log, "--key-file", folder.keyFile);
    assert.equal(people.code, 0, people.stderr);
    assert.match(people.stdout, /6 lines \(1 to 6 of the log\), 2 checkpoints: nothing wrong/);
    assert.doesNotMatch(people.stdout, /!/);
    const programs = await verify(folder.log, "--key-file", folder.keyFile, "--json");
    const { sound, findings, signatures, head } = JSON.parse(programs.stdout);
    const expected = { sound: true, findings: [], signatures: "checked", head: "compared" };
    assert.deepEqual({ sound, findings, signatures, head }, expected);
  });

  it("ends 1 and names line and damage for a log that was changed (S6)", async () => {
    using folder = await writtenLog();
    writeFileSync(folder.log, readFileSync(folder.log, "utf8").replace("bob", "eve"));
    const people = await verify(folder.log, "--key-file", folder.keyFile);
    assert.equal(people.code, 1);
    assert.match(people.stdout, /audit\.jsonl:4 edited: /);
    const programs = await verify(folder.log, "--key-file", folder.keyFile, "--json");
    assert.equal(programs.code, 1);
    const [finding] = JSON.parse(programs.stdout).findings;
    assert.deepEqual([finding.file, finding.line, finding.what], [folder.log, 4, "edited"]);
  });

  it("finds by its head a log that was cut off, and says when there is none to compare with", async () => {
    using folder = await writtenLog();
    cutOff(folder.log);
    const cut = await verify(folder.log, "--key-file", folder.keyFile);
    assert.equal(cut.code, 1);
    assert.match(cut.stdout, /truncated/);
    rmSync(`${folder.log}.head`);
    const headless = await verify(folder.log, "--key-file", folder.keyFile);
    assert.equal(headless.code, 0);
    assert.match(headless.stdout, /no head to compare with/);
  });

  it("compares with a head kept elsewhere, and ends 3 when that is not there", async () => {
    using folder = await writtenLog();
    writeFileSync(folder.at("kept.head"), readFileSync(`${folder.log}.head`));
    cutOff(folder.log);
    rmSync(`${folder.log}.head`);
    assert.equal((await verify(folder.log, "--head", folder.at("kept.head"))).code, 1);
    assert.equal((await verify(folder.log, "--head", folder.at("no.head"))).code, 3);
  });

  it("says that signatures were not checked when it has no keys", async () => {
    using folder = await writtenLog();
    const { code, stdout } = await verify(folder.log);
    assert.equal(code, 0);
    assert.match(stdout, /signatures were not checked/);
  });

  it("ends 3 for a file that is not there and a key file that is open or holds no key; 2 without a file", async () => {
    using folder = await writtenLog();
    assert.equal((await verify(folder.at("none.jsonl"))).code, 3);
    writeFileSync(folder.at("open.keys"), keyLine, { mode: 0o644 });
    assert.equal((await verify(folder.log, "--key-file", folder.at("open.keys"))).code, 3);
    writeFileSync(folder.at("bad.keys"), "k1 short\n", { mode: 0o600 });
    const bad = await verify(folder.log, "--key-file", folder.at("bad.keys"));
    assert.deepEqual([bad.code, bad.stderr.includes("short")], [3, false]);
    assert.equal((await verify()).code, 2);
  });

  it("prints nothing a terminal would obey from a file's name (R53)", async () => {
    using folder = await writtenLog();
    const odd = folder.at("a\u001b[2J.jsonl");
    writeFileSync(odd, "junk\n");
    const { code, stdout } = await verify(odd);
    assert.deepEqual([code, stdout.includes("\u001b")], [1, false]);
  });
});
