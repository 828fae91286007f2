import { checks } from "@wardwire/scanner/checks";
import { CliError } from "../cli-error.ts";
import type { Output } from "../output.ts";

type Check = (typeof checks)[number];

/** Prints every check: id, severity, when it runs, title. */
export function listChecks(output: Output): void {
  output.record({ checks: checks.map(factsOf) });
  for (const { id, severity, mode, title } of checks) {
    const when = mode === "default" ? "" : output.style("dim", `  --${mode}`);
    output.say(`${id.padEnd(17)} ${severity.padEnd(9)} ${title}${when}`);
  }
}

/**
 * Prints everything about one check.
 *
 * @throws CliError `usage` when there is no such check.
 */
export function explainCheck(id: string, output: Output): void {
  const check = checks.find((each) => each.id === id);
  if (check === undefined) throw new CliError("usage", `there is no check ${id}; see wardwire check --list`);
  output.record(factsOf(check));
  const { advice, ...snippets } = check.mend;
  output.say(output.style("bold", `${check.id}  ${check.title}`));
  output.say(`${check.severity}; ${check.mode === "default" ? "always run" : `only with --${check.mode}`}`);
  output.say(check.requirements.join(", "));
  output.say(`\n${check.why}\n\n${advice}`);
  for (const [program, snippet] of Object.entries(snippets)) {
    output.say(`\n${output.style("bold", program)}`);
    for (const line of snippet.split("\n")) output.say(`  ${line}`);
  }
}

function factsOf({ id, title, severity, mode, requirements, why, mend }: Check): object {
  return { id, title, severity, mode, requirements, why, mend };
}
