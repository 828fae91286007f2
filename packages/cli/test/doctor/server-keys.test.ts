import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { loadDevelopmentKeys } from "../../src/development/server-keys.ts";
import { checkServerKeys } from "../../src/doctor/server-key-checks.ts";
import { runCommand } from "../support/command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const made = Date.now();

async function madeKeys(data: string): Promise<string> {
  (await loadDevelopmentKeys(data, ["https://localhost:8443"], made)).close();
  return `${data}/keys`;
}

async function statuses(folder: string, keptByDev: boolean, nowMs: number): Promise<readonly string[]> {
  return (await checkServerKeys({ folder, keptByDev }, nowMs)).map(({ id, status }) => `${id} ${status}`);
}

describe("what doctor looks at among server keys", () => {
  it("is whether there are any, which dev makes and nobody else does", async () => {
    using folder = temporaryFolder();
    assert.deepEqual(await statuses(folder.at("none"), true, made), ["server-keys ok"]);
    assert.deepEqual(await statuses(folder.at("none"), false, made), ["server-keys failure"]);
  });

  it("is how long delegate and bundle are good for: dev renews what has ended, else it is a failure (KB-1)", async () => {
    using folder = temporaryFolder();
    const keys = await madeKeys(folder.path);
    const all = (delegate: string, bundle: string): string[] => [
      "server-keys ok",
      `server-key-delegate ${delegate}`,
      `server-key-bundle ${bundle}`,
    ];
    for (const keptByDev of [true, false]) {
      assert.deepEqual(await statuses(keys, keptByDev, made), all("ok", "ok"));
      assert.deepEqual(await statuses(keys, keptByDev, made + 37 * hourMs), all("ok", "warning"));
    }
    assert.deepEqual(await statuses(keys, true, made + 80 * dayMs), all("warning", "warning"));
    assert.deepEqual(await statuses(keys, false, made + 80 * dayMs), all("warning", "failure"));
    assert.deepEqual(await statuses(keys, false, made + 91 * dayMs), all("failure", "failure"));
  });

  it("is who else can read a key or write in their folders, and a bundle that is none (KF-3)", async () => {
    using folder = temporaryFolder();
    const keys = await madeKeys(folder.path);
    const identity = `${keys}/identity-next/identity.key`;
    chmodSync(identity, 0o640);
    const [finding] = await checkServerKeys({ folder: keys, keptByDev: true }, made);
    assert.equal(finding?.status, "failure");
    assert.match(finding?.detail ?? "", /identity-next\/identity\.key is open.*chmod 600/);
    chmodSync(identity, 0o600);
    chmodSync(`${keys}/history`, 0o777);
    assert.deepEqual(await statuses(keys, true, made), ["server-keys failure"]);
    chmodSync(`${keys}/history`, 0o700);
    assert.equal((await statuses(keys, true, made))[0], "server-keys ok");
    writeFileSync(`${keys}/online/bundle.cbor`, "rubbish");
    assert.deepEqual(await statuses(keys, true, made), ["server-keys failure"]);
  });

  it("is the folder of --keys at the command line", async () => {
    using folder = temporaryFolder();
    const words = ["doctor", "--port", "0", "--data", folder.at("data"), "--json"];
    const ids = ({ stdout }: { readonly stdout: string }): string[] =>
      JSON.parse(stdout).checks.map(({ id, status }: { id: string; status: string }) => `${id} ${status}`);
    assert.ok(ids(await runCommand(words)).includes("server-keys ok"));
    const elsewhere = await runCommand([...words, "--keys", folder.at("keys")]);
    assert.equal(elsewhere.code, 1);
    assert.ok(ids(elsewhere).includes("server-keys failure"));
  });
});
