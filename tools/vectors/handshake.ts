/**
 * Writes `spec/vectors/handshake.json` and, with `--bundles`, `key-bundles.json`, whose signatures are randomized.
 * `node --conditions=@wardwire/source tools/vectors/handshake.ts`
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expandLabel } from "../../packages/crypto/src/expand-label.ts";
import { labels } from "../../packages/crypto/src/labels.ts";
import { nodePrimitives } from "../../packages/crypto/src/primitives/node.ts";
import { SecretBytes } from "../../packages/crypto/src/secret-bytes.ts";
import { makeBundleVectors } from "../../packages/crypto/test/vectors/bundle-vectors.ts";
import { handshakeInputs, refusalsOf, runHandshake } from "../../packages/crypto/test/vectors/handshake-vectors.ts";
import { counting, toText } from "../../packages/crypto/test/vectors/hex.ts";
import { repositoryRoot } from "../repository-files.ts";

const handshakes = await Promise.all(
  handshakeInputs.map(async (inputs) => ({ inputs, outputs: await runHandshake(nodePrimitives, inputs) })),
);
const [first] = handshakes;
if (first === undefined) throw new Error("there are no handshakes");
write("handshake.json", { handshakes, refused: refusalsOf(first.outputs), expandLabel: expandedLabels() });
if (process.argv.includes("--bundles")) write("key-bundles.json", await makeBundleVectors());

/** Each label once, with lengths and contexts of every kind. */
function expandedLabels(): readonly object[] {
  return Object.values(labels).map((label, index) => {
    const prk = counting(index, 32);
    const context = counting(0x40, [0, 1, 32, 48, 255][index % 5] as number);
    const length = [32, 12, 16, 8, 64][index % 5] as number;
    const output = expandLabel(nodePrimitives, SecretBytes.copyOf(prk), label, context, length).use(toText);
    return { prk: toText(prk), label, context: toText(context), length, output };
  });
}

function write(name: string, content: object): void {
  writeFileSync(join(repositoryRoot, "spec/vectors", name), `${JSON.stringify(content, null, 2)}\n`);
}
