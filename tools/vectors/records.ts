/**
 * Writes `session-records.json`, `channel-records.json` and `history-items.json` of `spec/vectors`.
 * `node --conditions=@wardwire/source tools/vectors/records.ts`
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodePrimitives } from "../../packages/crypto/src/primitives/node.ts";
import type { Primitives } from "../../packages/crypto/src/primitives/primitives.ts";
import { channelInputs, channelRefusals, runChannel } from "../../packages/crypto/test/vectors/channel-vectors.ts";
import { historyInputs, historyRefusals, sealHistory } from "../../packages/crypto/test/vectors/history-vectors.ts";
import { sealSession, sessionInputs, sessionRefusals } from "../../packages/crypto/test/vectors/session-vectors.ts";
import { repositoryRoot } from "../repository-files.ts";

await write("session-records.json", sessionInputs, sealSession, sessionRefusals);
await write("channel-records.json", channelInputs, runChannel, channelRefusals);
await write("history-items.json", historyInputs, sealHistory, historyRefusals);

/** A file of inputs with their outputs, and of what is refused, which is made from the first of them. */
async function write<Inputs, Outputs>(
  name: string,
  allInputs: readonly Inputs[],
  run: (primitives: Primitives, inputs: Inputs) => Promise<Outputs>,
  refusalsOf: (outputs: Outputs) => readonly object[],
): Promise<void> {
  const vectors = await Promise.all(
    allInputs.map(async (inputs) => ({ inputs, outputs: await run(nodePrimitives, inputs) })),
  );
  const [first] = vectors;
  if (first === undefined) throw new Error(`there are no vectors for ${name}`);
  const content = { vectors, refused: refusalsOf(first.outputs) };
  writeFileSync(join(repositoryRoot, "spec/vectors", name), `${JSON.stringify(content, null, 2)}\n`);
}
