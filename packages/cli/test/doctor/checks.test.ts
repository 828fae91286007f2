import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { loadAuthority } from "../../src/development/authority.ts";
import { openDataFolder } from "../../src/development/data-folder.ts";
import { millisecondsPerDay } from "../../src/development/issue.ts";
import { loadServerCertificate } from "../../src/development/server-certificate.ts";
import { loadTokenKey } from "../../src/development/token-key.ts";
import type { Check } from "../../src/doctor/check.ts";
import { checkData } from "../../src/doctor/data-checks.ts";
import {
  checkClock,
  checkIpv6Loopback,
  checkNode,
  checkOpenSsl,
  checkPort,
  checkPostQuantum,
} from "../../src/doctor/runtime-checks.ts";
import { runCommand } from "../support/command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const now = Date.now();

function statuses(checks: readonly Check[]): Readonly<Record<string, string>> {
  return Object.fromEntries(checks.map(({ id, status }) => [id, status]));
}

async function madeFolder(folder: string, nowMs: number = now): Promise<void> {
  openDataFolder(folder);
  const { authority } = await loadAuthority(folder, ["localhost"], nowMs);
  await loadServerCertificate(folder, authority, ["localhost"], nowMs);
  await loadTokenKey(folder);
}

describe("what doctor looks at", () => {
  it("is Node, which fails below 24.15 and warns below 24.21", () => {
    const node = (version: string): string => checkNode({ node: version, openssl: "3.5.0" }).status;
    assert.deepEqual(["24.21.0", "26.0.0", "24.15.0", "24.20.9", "24.14.9", "20.19.0"].map(node), [
      "ok",
      "ok",
      "warning",
      "warning",
      "failure",
      "failure",
    ]);
  });

  it("is OpenSSL and its post-quantum group (R4)", () => {
    const openssl = (version: string): string => checkOpenSsl({ node: "24.21.0", openssl: version }).status;
    assert.deepEqual(["3.5.8", "3.6.0", "3.0.19", "none"].map(openssl), ["ok", "ok", "failure", "failure"]);
    assert.equal(checkPostQuantum().status, "ok");
  });

  it("is the clock", () => {
    assert.equal(checkClock(now).status, "ok");
    assert.equal(checkClock(0).status, "failure");
    assert.equal(checkClock(Date.UTC(2150, 0)).status, "failure");
  });

  it("is IPv6 loopback, without which one can do", () => {
    assert.equal(checkIpv6Loopback({ lo: [{ address: "127.0.0.1" }, { address: "::1" }] }).status, "ok");
    assert.equal(checkIpv6Loopback({ lo: [{ address: "127.0.0.1" }] }).status, "warning");
  });

  it("is the port, which must be free", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const { port } = occupant.address() as AddressInfo;
    const inUse = await checkPort(port);
    occupant.close();
    await once(occupant, "close");
    assert.deepEqual([inUse.status, (await checkPort(port)).status], ["failure", "ok"]);
    assert.match(inUse.detail, /EADDRINUSE/);
  });

  it("is the data folder, good when it is missing and when dev has made it", async () => {
    using folder = temporaryFolder();
    assert.deepEqual(statuses(checkData(folder.at("none"), now)), { "data-folder": "ok" });
    await madeFolder(folder.at("data"));
    assert.deepEqual(statuses(checkData(folder.at("data"), now)), {
      "data-folder": "ok",
      "key-files": "ok",
      "authority-certificate": "ok",
      "server-certificate": "ok",
    });
  });

  it("is who else can read and write there", async () => {
    using folder = temporaryFolder();
    await madeFolder(folder.path);
    chmodSync(folder.path, 0o755);
    assert.equal(statuses(checkData(folder.path, now))["data-folder"], "warning");
    chmodSync(folder.path, 0o777);
    assert.equal(statuses(checkData(folder.path, now))["data-folder"], "failure");
    chmodSync(folder.at("token-key.json"), 0o604);
    assert.equal(statuses(checkData(folder.path, now))["key-files"], "failure");
  });

  it("is how long the certificates are good for", async () => {
    using folder = temporaryFolder();
    await madeFolder(folder.path);
    const after = statuses(checkData(folder.path, now + 100 * millisecondsPerDay));
    assert.deepEqual([after["authority-certificate"], after["server-certificate"]], ["ok", "warning"]);
    const before = statuses(checkData(folder.path, now - 10 * millisecondsPerDay));
    assert.equal(before["server-certificate"], "failure");
    writeFileSync(folder.at("server.pem"), "rubbish");
    assert.equal(statuses(checkData(folder.path, now))["server-certificate"], "failure");
  });
});

describe("wardwire doctor", () => {
  it("ends with 0 or 1 by its findings, and gives programs one document", async () => {
    using folder = temporaryFolder();
    const words = ["doctor", "--port", "0", "--data", folder.at("data"), "--json"];
    const healthy = await runCommand(words);
    assert.equal(healthy.code, 0, healthy.stderr);
    assert.equal(JSON.parse(healthy.stdout).ok, true);
    await runCommand(["token", "--user", "a", "--data", folder.at("data")]);
    chmodSync(folder.at("data/token-key.json"), 0o644);
    const ill = await runCommand(words);
    assert.equal(ill.code, 1);
    const { ok, checks } = JSON.parse(ill.stdout);
    assert.equal(ok, false);
    const [finding] = checks.filter(({ status }: Check) => status === "failure");
    assert.equal(finding.id, "key-files");
    assert.match(finding.detail, /chmod 600/);
  });
});
