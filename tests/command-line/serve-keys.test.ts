import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { buffer } from "node:stream/consumers";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { bundlePath, parseBundle } from "@wardwire/crypto/keys/bundle";
import { checkBundle, emptyBundleMemory } from "@wardwire/crypto/keys/bundle-check";
import { parsePin } from "@wardwire/crypto/keys/pin";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { serve } from "../../packages/cli/src/commands/serve.ts";
import { type Ended, runCommand } from "../../packages/cli/test/support/command.ts";
import { developmentGateway } from "../../packages/cli/test/support/development-gateway.ts";
import { type ProductionFiles, productionFiles } from "../../packages/cli/test/support/production-files.ts";
import { type ServedGateway, serveFiles } from "../../packages/cli/test/support/served-gateway.ts";

const application = fileURLToPath(new URL("../../packages/cli/test/fixtures/sealed-application.ts", import.meta.url));
const serverKeys = { folder: "keys", masterKeyFile: "master-key" };
const origin = "https://chat.example";

/** `wardwire keys NAME` on the keys beside the configuration. */
function keys(files: ProductionFiles, ...words: readonly string[]): Promise<Ended> {
  return runCommand([
    "keys",
    ...words,
    "--folder",
    files.at("keys"),
    "--master-key-file",
    files.at("master-key"),
    "--json",
  ]);
}

/** A configuration with a sealed channel and keys made for it; the pins. */
async function sealedFiles(files: ProductionFiles): Promise<readonly string[]> {
  const made = await keys(files, "init", "--origin", origin);
  assert.equal(made.code, 0, made.stderr);
  files.configure({ application, serverKeys });
  return JSON.parse(made.stdout).pins;
}

async function servedBundle({ port, ca }: Pick<ServedGateway, "port" | "ca">): Promise<Uint8Array> {
  const [response] = await once(get(`https://localhost:${port}${bundlePath}`, { ca, agent: false }), "response");
  assert.equal(response.statusCode, 200);
  return new Uint8Array(await buffer(response));
}

describe("wardwire serve with server keys", () => {
  it("serves the bundle of its folder, without an identity there, and what keys revoke publishes after SIGHUP (KB-1.5)", async () => {
    using files = await productionFiles();
    const pins = await sealedFiles(files);
    for (const name of ["identity-current", "identity-next"]) rmSync(files.at(`keys/${name}`), { recursive: true });
    await using gateway = await serveFiles(files);
    const bundle = await servedBundle(gateway);
    const trust = { pins: pins.map(parsePin), origin, protocol: 1, memory: emptyBundleMemory, nowMs: Date.now() };
    const verdict = await checkBundle(nodePrimitives, bundle, trust);
    assert.ok("bundle" in verdict, "refused" in verdict ? verdict.refused.message : "");
    const kid = Buffer.from(verdict.bundle.kid).toString("hex");
    assert.equal((await keys(files, "revoke", "--kid", kid)).code, 0);
    gateway.running.kill("SIGHUP");
    for (let change = ""; change !== "key-revoked"; ) change = String((await gateway.logged("server-keys"))["change"]);
    const next = parseBundle(await servedBundle(gateway));
    assert.equal(next.version, 2);
    assert.equal(Buffer.from(next.revokedKids[0] ?? []).toString("hex"), kid);
    assert.equal(existsSync(files.at(`keys/online/${kid}.key`)), false);
    assert.equal(readdirSync(files.at("keys/history")).length, 2, "the keys of today and tomorrow");
  });

  it("says on SIGHUP what is wrong with the folder, and goes on with what it has", async () => {
    using files = await productionFiles();
    await sealedFiles(files);
    await using gateway = await serveFiles(files);
    const before = await servedBundle(gateway);
    writeFileSync(files.at("keys/online/bundle.cbor"), "rubbish");
    gateway.running.kill("SIGHUP");
    const { where, error } = await gateway.logged("failure");
    assert.ok(where === "reload" || where === "server-keys", String(where));
    assert.match(JSON.stringify(error), /the key bundle: expected deterministic CBOR.*server-keys-invalid/);
    assert.deepEqual(await servedBundle(gateway), before);
  });

  it("takes the master key from the environment too", async () => {
    using files = await productionFiles();
    await sealedFiles(files);
    files.configure({ application, serverKeys: { folder: "keys" } });
    const without = await runCommand(["serve", "--config", files.config]);
    assert.deepEqual([without.code, without.stderr.includes("WARDWIRE_MASTER_KEY")], [3, true]);
    const wrong = { WARDWIRE_MASTER_KEY: Buffer.alloc(32, 9).toString("base64url") };
    const refused = await runCommand(["serve", "--config", files.config], { env: wrong });
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /^wardwire: .*sealed under this master key[^\n]*\n$/);
    assert.ok(!refused.stderr.includes(wrong.WARDWIRE_MASTER_KEY));
  });

  it("ends with 3 and one line for a sealed channel without keys, and for keys that are not as they must be (R48)", async () => {
    using files = await productionFiles();
    await sealedFiles(files);
    const cases: readonly (readonly [change: object, expected: RegExp])[] = [
      [{ application }, /vault.*sealed.*serverKeys/],
      [{ application, serverKeys: { ...serverKeys, folder: "none" } }, /there is no .*none\/online\/bundle\.cbor/],
      [{ application, serverKeys: { ...serverKeys, masterKeyFile: "none" } }, /no master key at .*none/],
      [{ application, serverKeys: { ...serverKeys, masterKeyFile: "keys.json" } }, /keys\.json is open to other users/],
    ];
    for (const [change, expected] of cases) {
      files.configure(change);
      await assert.rejects(serve({ config: files.config }), { code: "configuration", message: expected });
    }
    files.configure({ application, serverKeys });
    chmodSync(files.at("keys/online/delegate.key"), 0o644);
    await assert.rejects(serve({ config: files.config }), { code: "configuration", message: /delegate\.key is open/ });
  });

  it("refuses the keys of wardwire dev", async () => {
    using files = await productionFiles();
    await using dev = await developmentGateway();
    assert.match(dev.listening.pin, /^sha256:[\w-]{43}$/);
    const folder = `${dev.data}/keys`;
    assert.equal(readFileSync(`${folder}/online/pins`, "utf8").split("\n")[0], dev.listening.pin);
    files.configure({ application, serverKeys: { folder, masterKeyFile: `${dev.data}/master-key` } });
    await assert.rejects(serve({ config: files.config }), {
      code: "configuration",
      message: /serverKeys\.folder: made by wardwire dev/,
    });
  });
});
