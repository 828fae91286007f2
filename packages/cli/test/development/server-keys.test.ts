import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseBundle } from "@wardwire/crypto/keys/bundle";
import type { LoadedServerKeys } from "@wardwire/gateway/server-keys";
import { keyFilesIn } from "@wardwire/gateway/server-keys/files";
import { readBundle } from "@wardwire/gateway/server-keys/published";
import { loadDevelopmentKeys } from "../../src/development/server-keys.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const dayMs = 86_400_000;
const origins = ["https://localhost:8443", "https://127.0.0.1:8443"];

/** As `dev` loads them, and lets go of them at once. */
async function loaded(data: string, reached: readonly string[] = origins, nowMs = Date.now()) {
  const keys: LoadedServerKeys = await loadDevelopmentKeys(data, reached, nowMs);
  const { bundle, pins } = keys;
  keys.close();
  return { bundle: parseBundle(bundle), pins };
}

describe("the server keys of a development gateway", () => {
  it("are made once, for its origins, closed to other users, and stay the same identity (KB-2.1, KF-3)", async () => {
    using folder = temporaryFolder();
    const first = await loaded(folder.path);
    assert.deepEqual(first.bundle.origins, origins.toSorted());
    assert.equal(first.pins.length, 2);
    assert.deepEqual(await loaded(folder.path), first);
    for (const entry of readdirSync(folder.path, { recursive: true, withFileTypes: true })) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      assert.equal(mode, entry.isDirectory() ? 0o700 : 0o600, entry.name);
    }
  });

  it("are one set where two gateways start together", async () => {
    using folder = temporaryFolder();
    const [one, two] = await Promise.all([loaded(folder.path), loaded(folder.path)]);
    assert.deepEqual(one, two);
  });

  it("are good for other origins too, when it is reached under others; at most 16, the present ones first", async () => {
    using folder = temporaryFolder();
    const { pins } = await loaded(folder.path);
    const moved = await loaded(folder.path, ["https://localhost:9000"]);
    assert.deepEqual(moved.bundle.origins, ["https://localhost:9000", ...origins].toSorted());
    assert.deepEqual(moved.pins, pins);
    for (let port = 9_001; port < 9_020; port += 1) await loaded(folder.path, [`https://localhost:${port}`]);
    const { bundle } = await loaded(folder.path, ["https://localhost:9019"]);
    assert.equal(bundle.origins.length, 16);
    assert.ok(bundle.origins.includes("https://localhost:9019"));
  });

  it("are renewed after months: bundle, online keys and delegate, of the same identity", async () => {
    using folder = temporaryFolder();
    // They were made long ago; the machine's clock is what they are judged by.
    await loadDevelopmentKeys(folder.path, origins, Date.now() - 100 * dayMs).then(
      () => assert.fail("keys of a hundred days ago have ended"),
      (error: { code: string }) => assert.equal(error.code, "configuration"),
    );
    const before = await readBundle(keyFilesIn(folder.at("keys")));
    const { bundle } = await loaded(folder.path);
    assert.equal(bundle.version > before.bundle.version, true);
    assert.ok(bundle.keys.some((key) => key.notBefore * 1_000 <= Date.now() && key.notAfter * 1_000 > Date.now()));
    const after = await readBundle(keyFilesIn(folder.at("keys")));
    assert.deepEqual(after.certificate.identity, before.certificate.identity);
    assert.notDeepEqual(after.certificate.delegate, before.certificate.delegate);
  });

  it("whose making was cut off are refused, with what to do", async () => {
    using folder = temporaryFolder();
    await loaded(folder.path);
    rmSync(folder.at("keys/online"), { recursive: true });
    const identity = readFileSync(folder.at("keys/identity-current/identity.key"));
    await assert.rejects(loaded(folder.path), {
      code: "configuration",
      message: /there are keys in .*keys.* already.*deleted/,
    });
    assert.deepEqual(readFileSync(folder.at("keys/identity-current/identity.key")), identity);
  });
});
