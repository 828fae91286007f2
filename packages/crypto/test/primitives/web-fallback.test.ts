import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { nodePrimitives } from "../../src/primitives/node.ts";
import type { Primitives } from "../../src/primitives/primitives.ts";
import { createWebPrimitives } from "../../src/primitives/web.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";

for (const missing of [
  ["ML-KEM-768"],
  ["X25519"],
  ["Ed25519", "ML-DSA-65"],
  ["ML-KEM-768", "X25519", "Ed25519", "ML-DSA-65"],
]) {
  describe(`the web backend in a browser without ${missing.join(", ")}`, () => {
    const { subtle } = crypto;
    const asked: string[] = [];
    let primitives: Primitives;

    before(async () => {
      const generateKey = subtle.generateKey.bind(subtle) as (...parameters: unknown[]) => Promise<unknown>;
      const limited = async (name: string, ...rest: unknown[]): Promise<unknown> => {
        asked.push(name);
        if (missing.includes(name)) throw new DOMException("Unrecognized name", "NotSupportedError");
        return generateKey(name, ...rest);
      };
      Object.defineProperty(subtle, "generateKey", { value: limited, configurable: true });
      primitives = await createWebPrimitives();
    });

    after(() => {
      Reflect.deleteProperty(subtle, "generateKey");
    });

    test("agrees with Node on X-Wing secrets, in both directions", async () => {
      for (const name of missing) assert.ok(asked.includes(name), `${name} was not looked for`);
      for (const [one, other] of [
        [primitives, nodePrimitives],
        [nodePrimitives, primitives],
      ] as const) {
        const key = await one.kem.generate();
        const { ciphertext, secret } = await other.kem.encapsulate(key.publicKey);
        assert.ok((await key.decapsulate(ciphertext)).equals(secret));
        await assert.rejects(one.kem.encapsulate(new Uint8Array(1_216).fill(0xff)), { code: "invalid-key" });
      }
    });

    test("verifies what Node signs, and nothing else", async () => {
      for (const name of ["ed25519", "mlDsa65"] as const) {
        const signer = nodePrimitives[name].signer(SecretBytes.random(32));
        const message = Uint8Array.of(1, 2, 3);
        const verifier = await primitives[name].verifier(signer.publicKey);
        assert.equal(await verifier.verify(message, signer.sign(message)), true);
        assert.equal(await verifier.verify(message.subarray(1), signer.sign(message)), false);
      }
    });
  });
}
