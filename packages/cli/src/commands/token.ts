import { parseGrants } from "@wardwire/gateway/grants";
import { CliError } from "../cli-error.ts";
import { openDataFolder } from "../development/data-folder.ts";
import { mintToken } from "../development/mint-token.ts";
import { loadTokenKey } from "../development/token-key.ts";
import type { Outcome } from "../exit-codes.ts";
import type { Output } from "../output.ts";

/** The options of `wardwire token`, parsed. */
export interface TokenOptions {
  readonly user: string;
  readonly device?: string;
  /** Seconds. */
  readonly ttl: number;
  readonly audience: string;
  readonly grant: readonly string[];
  readonly data: string;
}

/**
 * Prints one token line. Makes the data folder and its key when `dev` has not run yet.
 *
 * @throws CliError `usage` for a malformed grant, `configuration` for an unusable data folder.
 */
export async function token(options: TokenOptions, output: Output): Promise<Outcome> {
  checkGrants(options.grant);
  openDataFolder(options.data);
  const { user, device, audience, ttl: ttlSeconds, grant: grants } = options;
  const claims = { user, audience, ttlSeconds, grants, ...(device === undefined ? {} : { device }) };
  output.say(await mintToken(await loadTokenKey(options.data), claims, Date.now()));
  return "ok";
}

function checkGrants(grants: readonly string[]): void {
  try {
    parseGrants(grants);
  } catch (error) {
    const why = error instanceof Error ? error.message : "malformed";
    throw new CliError("usage", `--grant: ${why}; an example: --grant 'room:*=join,publish'`, { cause: error });
  }
}
