import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { connect } from "node:tls";
import { handshake, handshakeHeaders, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { repositoryFiles, repositoryRoot } from "../../../tools/repository-files.ts";
import { AttackedProcess } from "../fixtures/attacked-process.ts";

const namesAtOnce = 50;
/** Names no certificate has: of objects, of other hosts, of every length, and with what a name never holds. */
const hostileNames = Array.from({ length: 1_000 }, (_, i) => {
  const kinds = [
    "__proto__",
    "constructor",
    "x".repeat((i % 62) + 1),
    `a${"-".repeat(i % 50)}b`,
    `${i}.localhost`,
    "*",
  ];
  return `${kinds[i % kinds.length]}.${i}.example`;
});

/** Whether a TLS handshake that names `servername` is finished. */
async function finishes(port: number, servername: string): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1", servername, rejectUnauthorized: false });
  const finished = await Promise.race([
    once(socket, "secureConnect").then(
      () => true,
      () => false,
    ),
    once(socket, "close").then(
      () => false,
      () => false,
    ),
  ]);
  socket.on("error", () => {}).destroy();
  return finished;
}

const descriptorsOf = ({ pid }: AttackedProcess) => readdirSync(`/proc/${pid}/fd`).length;

describe("attack 18: the runtime below a gateway", { timeout: 40_000 }, () => {
  const skip = process.platform === "linux" ? false : "descriptors are counted in /proc, which is Linux's";
  test("attack 18: 1,000 hostile server names neither end a gateway nor keep a descriptor (CVE-2026-21637, R7)", {
    skip,
  }, async (t) => {
    await using gateway = await AttackedProcess.gateway({ transport: "tls" });
    for (let i = 0; i < 5; i += 1) assert.equal(await finishes(gateway.port, "localhost"), true);
    const before = descriptorsOf(gateway);
    for (let i = 0; i < hostileNames.length; i += namesAtOnce) {
      const batch = hostileNames.slice(i, i + namesAtOnce);
      const outcomes = await Promise.all(batch.map((name) => finishes(gateway.port, name)));
      assert.ok(outcomes.every((finished) => !finished));
    }
    assert.equal(await finishes(gateway.port, "localhost"), true);
    const deadline = performance.now() + 10_000;
    while (descriptorsOf(gateway) > before && performance.now() < deadline) await finishes(gateway.port, "localhost");
    t.diagnostic(`descriptors: ${before} before, ${descriptorsOf(gateway)} after`);
    assert.ok(descriptorsOf(gateway) <= before);
  });

  test("negative control: a server whose callback throws for a name it does not know is ended by one", async () => {
    await using server = await AttackedProcess.start("weak/name-callback.ts");
    assert.equal(await finishes(server.port, "localhost"), true);
    assert.equal(await finishes(server.port, "evil.example"), false);
    const { code, stderr } = await server.ended;
    assert.equal(code, 1);
    assert.match(stderr, /TypeError: Cannot read properties of undefined/);
  });

  const named = ["__proto__", "constructor", "toString", "hasOwnProperty", "__defineGetter__"];
  test("attack 18: headers named after properties of all objects are headers like others (CVE-2026-21710, R13)", async () => {
    await using gateway = await AttackedProcess.gateway();
    const own = "Origin: https://chat.example";
    for (const name of named) {
      await using upgrade = await RawClient.connect(gateway.port);
      upgrade.write(handshake([...handshakeHeaders, own, `${name}: 1`, `${name}: 2`]));
      assert.equal((await upgrade.readResponse()).status, 101, name);
      await using ordinary = await RawClient.connect(gateway.port);
      ordinary.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${name}: 1\r\n${name}: 2\r\n\r\n`);
      assert.equal((await ordinary.readResponse()).status, 404, name);
    }
    await gateway.assertServes();
  });

  test("negative control: a server that gathers headers in an object is ended by one", async () => {
    await using server = await AttackedProcess.start("weak/headers-by-name.ts");
    await using client = await RawClient.connect(server.port);
    client.write("GET / HTTP/1.1\r\nHost: localhost\r\n__proto__: 1\r\n\r\n");
    const { code, stderr } = await server.ended;
    assert.equal(code, 1);
    assert.match(stderr, /TypeError: headers\[name\]\.push is not a function/);
  });

  test("attack 18: no package runs on a Node without the security releases of 2026-03-24 (CVE-2026-21637, CVE-2026-21714, CVE-2026-21717)", () => {
    const manifests = repositoryFiles().filter((path) => /^(packages\/[^/]+\/)?package\.json$/.test(path));
    assert.ok(manifests.length > 5);
    for (const path of manifests) {
      const { engines } = JSON.parse(readFileSync(join(repositoryRoot, path), "utf8"));
      const [, major = "0", minor = "0"] = /^>=(\d+)\.(\d+)$/.exec(engines.node) ?? [];
      assert.ok(isPatched(Number(major), Number(minor)), `${path}: ${engines.node}`);
    }
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    assert.ok(isPatched(major, minor));
    assert.equal(isPatched(24, 14), false, "the one before it");
  });
});

/** Node 24.15 came after the release of 2026-03-24, which was 24.14.1. */
function isPatched(major: number, minor: number): boolean {
  return major > 24 || (major === 24 && minor >= 15);
}
