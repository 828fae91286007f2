/**
 * Prints what a delivery of a sealed channel costs the gateway, beside one of a transport channel in the same run.
 * `npm run bench:broadcast`; a number behind it is how many rounds.
 */
import { measureBroadcast, median } from "./measure.ts";

const rounds = Number(process.argv[2] ?? 11);

console.log("| members | transport, µs a delivery | sealed, µs a delivery | ratio | from | to |");
console.log("|---|---|---|---|---|---|");
for (const members of [100, 1_000]) {
  const measured = await measureBroadcast({ members, rounds, deliveries: 40_000 });
  const ratios = measured.map(({ transport, sealed }) => sealed / transport);
  const figures = [
    median(measured.map(({ transport }) => transport)),
    median(measured.map(({ sealed }) => sealed)),
    median(ratios),
    Math.min(...ratios),
    Math.max(...ratios),
  ];
  console.log(`| ${[members, ...figures.map((figure) => figure.toFixed(2))].join(" | ")} |`);
}
