import { readFileSync } from "node:fs";
import { CliError, systemErrorCode } from "../cli-error.ts";
import { readStandardInput } from "../standard-input.ts";

/** A token is at most 8 KiB (R37); what is longer is no token, and is not read to its end. */
const maxTokenBytes = 8_192;

/**
 * The token to connect with: from the file, from standard input for `-`, or else from WARDWIRE_TOKEN.
 *
 * @throws CliError `usage` when there is none, `configuration` when the file cannot be read or holds no token.
 */
export async function readToken(file: string | undefined, environment: NodeJS.ProcessEnv): Promise<string> {
  if (file !== undefined) {
    const text = file === "-" ? await readStandardInput(maxTokenBytes) : readFile(file);
    return checkToken(text.trim(), file === "-" ? "standard input" : file);
  }
  const token = environment["WARDWIRE_TOKEN"];
  if (token === undefined || token === "") {
    const advice = "wardwire token --user alice prints one for a development gateway";
    throw new CliError("usage", `expected a token in --token-file FILE or in WARDWIRE_TOKEN, got none; ${advice}`);
  }
  return checkToken(token.trim(), "WARDWIRE_TOKEN");
}

function checkToken(token: string, where: string): string {
  if (token.length <= maxTokenBytes && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new CliError("configuration", `expected one token of at most ${maxTokenBytes} characters in ${where}`);
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = systemErrorCode(error) ?? "unknown error";
    throw new CliError("configuration", `cannot read the token file ${file} (${why}); check --token-file`, {
      cause: error,
    });
  }
}
