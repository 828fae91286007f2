import { z } from "zod";
import { readAdminAccess } from "../admin/access.ts";
import { askAdmin } from "../admin/ask.ts";
import { CliError } from "../cli-error.ts";
import type { Outcome } from "../exit-codes.ts";
import type { JoinTarget } from "../option-values.ts";
import type { Output } from "../output.ts";
import { readStandardInput } from "../standard-input.ts";

/** The options of `wardwire publish`, parsed. */
export interface PublishOptions {
  /** JSON, or `-` for standard input. */
  readonly message: string;
  readonly channel: JoinTarget;
  readonly key?: string;
  readonly data: string;
}

/** More than any gateway takes; a longer message is not read to its end. */
const maxMessageCharacters = 1_048_576;

/**
 * Publishes a message of the application's own through the admin API of the gateway that runs on this machine with this
 * data folder.
 *
 * @throws CliError `usage` for what is no JSON or does not fit the contract, `configuration` without a credential,
 *   `unreachable` when no gateway runs, `refused` when it refuses, `timeout`.
 */
export async function publish({ message, channel, key, data }: PublishOptions, output: Output): Promise<Outcome> {
  const access = readAdminAccess(data, "publishCredential");
  const text = message === "-" ? await readStandardInput(maxMessageCharacters) : message;
  const document = { ...channel, data: parseMessage(text), key };
  const published = await askAdmin(access, { path: "/v1/publish", document, answer: answerBody });
  output.record({ event: "published", ...published });
  const repeated = published.duplicate ? ", as an earlier one with this key" : "";
  output.say(`published at offset ${published.offset}${repeated}`);
  return "ok";
}

const answerBody = z.object({ stream: z.string(), offset: z.int().min(1), duplicate: z.boolean() });

function parseMessage(text: string): unknown {
  if (text.length > maxMessageCharacters) {
    throw new CliError("usage", `expected a message of at most ${maxMessageCharacters} characters`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError("usage", 'expected the message as JSON, such as \'{"text":"hello"}\'', { cause: error });
  }
}
