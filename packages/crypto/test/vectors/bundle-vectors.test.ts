import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { checkBundle, emptyBundleMemory } from "../../src/keys/bundle-check.ts";
import { openKeyFile } from "../../src/keys/key-file.ts";
import { parsePin } from "../../src/keys/pin.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { backends } from "../primitives/backends.ts";
import type { BundleVector, KeyFileVector } from "./bundle-vectors.ts";
import { toBytes, toText } from "./hex.ts";

const file: {
  readonly pins: readonly string[];
  readonly bundles: readonly BundleVector[];
  readonly keyFiles: readonly KeyFileVector[];
} = JSON.parse(readFileSync(new URL("../../../../spec/vectors/key-bundles.json", import.meta.url), "utf8"));

for (const primitives of backends) {
  describe(`spec/vectors/key-bundles.json on ${primitives.backend}`, () => {
    for (const { name, bundle, origin, nowMs, highestVersion, expected, kid } of file.bundles) {
      test(`a bundle, ${name}: ${expected} (KB-3.1)`, async () => {
        const verdict = await checkBundle(primitives, toBytes(bundle), {
          pins: file.pins.map(parsePin),
          origin,
          protocol: 1,
          memory: { ...emptyBundleMemory, highestVersion },
          nowMs,
        });
        assert.equal("refused" in verdict ? verdict.refused.code : "taken", expected);
        if ("bundle" in verdict) assert.equal(toText(verdict.bundle.kid), kid);
      });
    }

    test("key files open to their content, and not as another kind (KF-1)", async () => {
      for (const { master, kind, file: sealed, content } of file.keyFiles) {
        const key = SecretBytes.take(toBytes(master));
        assert.equal((await openKeyFile(primitives, key, kind, toBytes(sealed))).use(toText), content);
        const other = kind === "online" ? "identity" : "online";
        await assert.rejects(openKeyFile(primitives, key, other, toBytes(sealed)), { code: "key-file" });
      }
    });
  });
}
