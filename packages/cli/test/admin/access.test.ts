import assert from "node:assert/strict";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { loadCredential, noteAdminUrl, readAdminAccess } from "../../src/admin/access.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("the credential is made once, 256 random bits that only the owner can read", () => {
  using folder = temporaryFolder();
  const credential = loadCredential(folder.path, "adminCredential");
  assert.match(credential, /^[\w-]{43}$/);
  assert.equal(loadCredential(folder.path, "adminCredential"), credential);
  assert.equal(statSync(folder.at("admin-credential")).mode & 0o777, 0o600);
});

test("what publishes has a credential of its own", () => {
  using folder = temporaryFolder();
  const credentials = [
    loadCredential(folder.path, "adminCredential"),
    loadCredential(folder.path, "publishCredential"),
  ];
  assert.equal(new Set(credentials).size, 2);
  assert.equal(readAdminAccess(folder.path, "publishCredential").credential, credentials[1]);
  assert.equal(statSync(folder.at("publish-credential")).mode & 0o777, 0o600);
});

test("a command finds the credential and where the gateway started last is", () => {
  using folder = temporaryFolder();
  const credential = loadCredential(folder.path, "adminCredential");
  assert.deepEqual(readAdminAccess(folder.path, "adminCredential"), { url: "http://127.0.0.1:9443", credential });
  noteAdminUrl(folder.path, "http://127.0.0.1:40000");
  assert.deepEqual(readAdminAccess(folder.path, "adminCredential"), { url: "http://127.0.0.1:40000", credential });
});

test("a folder without a credential, a damaged and an open one are refused (3)", () => {
  using folder = temporaryFolder();
  const file = folder.at("admin-credential");
  assert.throws(() => readAdminAccess(folder.path, "adminCredential"), {
    code: "configuration",
    message: /wardwire dev/,
  });
  writeFileSync(file, "short\n", { mode: 0o600 });
  assert.throws(() => readAdminAccess(folder.path, "adminCredential"), { code: "configuration", message: /damaged/ });
  assert.throws(() => loadCredential(folder.path, "adminCredential"), { code: "configuration", message: /damaged/ });
  chmodSync(file, 0o644);
  assert.throws(() => readAdminAccess(folder.path, "adminCredential"), { code: "configuration", message: /chmod 600/ });
});

test("the credential is sent to this machine only", () => {
  using folder = temporaryFolder();
  loadCredential(folder.path, "adminCredential");
  for (const url of [
    "http://attacker.example",
    "http://127.0.0.1:80@attacker.example",
    "https://127.0.0.1:9443/x",
    "",
  ]) {
    noteAdminUrl(folder.path, url);
    assert.throws(() => readAdminAccess(folder.path, "adminCredential"), { code: "configuration" }, url);
  }
});
