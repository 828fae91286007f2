import { readFileSync } from "node:fs";
import { CliError, systemErrorCode } from "../cli-error.ts";
import { type CapturedMessage, parseCapture } from "../decode/captured-lines.ts";
import { describeContent } from "../decode/content-description.ts";
import { describeMessage } from "../decode/message-description.ts";
import { readSession } from "../decode/session-secrets.ts";
import type { Outcome } from "../exit-codes.ts";
import { type Output, printable } from "../output.ts";
import { readStandardInput } from "../standard-input.ts";

/** The options of `wardwire decode`, parsed. */
export interface DecodeOptions {
  /** The capture; standard input for `-`. */
  readonly file: string;
  readonly keyFile?: string;
}

const maxCaptureCharacters = 64 * 2 ** 20;

/**
 * Explains the messages of a sealed socket that somebody has captured: type, epoch, step, generation, sequence and sizes,
 * and with the session's secrets their contents.
 *
 * @returns `findings` when one of them is no message of this protocol, or does not open with the secrets given.
 * @throws CliError `configuration` for a capture or a key file that cannot be read.
 */
export async function decode({ file, keyFile }: DecodeOptions, output: Output): Promise<Outcome> {
  const messages = parseCapture(await readCapture(file));
  const session = keyFile === undefined ? undefined : readSession(keyFile);
  try {
    const isFine = messages.map((message) => explain(message, session, output));
    return isFine.every(Boolean) ? "ok" : "findings";
  } finally {
    session?.dispose();
  }
}

/** Shows one message; whether it is one, and opens where there are keys. */
function explain(
  { line, bytes }: CapturedMessage,
  session: ReturnType<typeof readSession> | undefined,
  output: Output,
) {
  const { kind, fields } = describeMessage(bytes);
  const shown = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
  output.say(`${line}: ${output.style("bold", kind)}: ${shown.join(", ")}`);
  const isRecord = kind === "session record" || kind === "channel record";
  if (session === undefined || !isRecord) {
    output.record({ line, kind, ...fields });
    return kind !== "unknown";
  }
  const opened = session.open(bytes);
  const content = opened && describeContent(bytes, opened.content);
  output.record({ line, kind, ...fields, opens: opened !== undefined, from: opened?.from, content });
  if (opened === undefined) output.say(`  ${output.style("red", "does not open with these secrets")}`);
  else output.say(`  from the ${opened.from}: ${printable(JSON.stringify(content) ?? "nothing")}`);
  return opened !== undefined;
}

async function readCapture(file: string): Promise<string> {
  if (file === "-") return await readStandardInput(maxCaptureCharacters);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = systemErrorCode(error) ?? "unknown error";
    throw new CliError("configuration", `cannot read the capture ${file} (${why}); check the path`, { cause: error });
  }
}
