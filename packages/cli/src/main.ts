import { CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { createOutput, printable } from "./output.ts";
import { runCommand } from "./program.ts";

/*
 * The entry of the command `wardwire`: runs one command and turns its outcome into an exit code. What goes wrong is one
 * line on standard error; under `--json` it is a last JSON line on standard output too:
 * `{"event":"failed","code","message","exitCode"}`.
 */

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Whoever read us has seen enough, as in `wardwire connect … | head -1`.
  process.exit(error.code === "EPIPE" ? exitCodes.ok : exitCodes.internal);
});
process.exitCode = await run(process.argv.slice(2));

async function run(words: readonly string[]): Promise<number> {
  const output = createOutput(words.includes("--json"));
  try {
    const outcome = await runCommand(words, output);
    return exitCodes[outcome];
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    const { code, message } = describeFailure(error);
    process.stderr.write(`wardwire: ${printable(message)}\n`);
    output.record({ event: "failed", code, message, exitCode: exitCodes[code] });
    return exitCodes[code];
  }
}

function describeFailure(error: unknown): { readonly code: keyof typeof exitCodes; readonly message: string } {
  if (error instanceof CliError) return error;
  if (error instanceof CommanderError) {
    const message =
      error.code === "commander.help" ? "expected a command" : error.message.replace(/^error: /, "").replace(/\.$/, "");
    return { code: "usage", message: `${message.replaceAll("\n", " ")}; see wardwire --help` };
  }
  const message = error instanceof Error ? error.message : "unknown error";
  return { code: "internal", message: `unexpected: ${message}; please report it` };
}
