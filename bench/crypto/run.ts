/**
 * Prints what each operation of sealed connections costs on each backend.
 * `npm run bench:crypto`; with the name of a backend behind it, only that one.
 */
import { noblePrimitives } from "../../packages/crypto/src/primitives/noble.ts";
import { nodePrimitives } from "../../packages/crypto/src/primitives/node.ts";
import type { Primitives } from "../../packages/crypto/src/primitives/primitives.ts";
import { createWebPrimitives } from "../../packages/crypto/src/primitives/web.ts";
import { operationsOf } from "./operations.ts";
import { costOf } from "./stopwatch.ts";

const [only] = process.argv.slice(2);
const backends: readonly Primitives[] = [nodePrimitives, await createWebPrimitives(), noblePrimitives];

console.log("| backend | operation | µs | µs of processor time |");
console.log("|---|---|---|---|");
for (const primitives of backends) {
  if (only !== undefined && primitives.backend !== only) continue;
  for (const { name, run, batch } of await operationsOf(primitives)) {
    const { micros, cpuMicros } = await costOf(run, batch);
    console.log(`| ${primitives.backend} | ${name} | ${micros.toFixed(1)} | ${cpuMicros.toFixed(1)} |`);
  }
}
