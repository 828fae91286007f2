import { z } from "zod";
import { readAdminAccess } from "../admin/access.ts";
import { askAdmin } from "../admin/ask.ts";
import { CliError } from "../cli-error.ts";
import type { Outcome } from "../exit-codes.ts";
import type { Output } from "../output.ts";

/** The options of `wardwire revoke`, parsed. */
export interface RevokeOptions {
  readonly user?: string;
  readonly session?: string;
  readonly device?: string;
  readonly tokenId?: string;
  /** Milliseconds since 1970. */
  readonly issuedBefore?: number;
  readonly data: string;
}

/**
 * Revokes through the admin API of the gateway that runs on this machine with this data folder.
 *
 * @throws CliError `usage` for nothing to revoke or too much at once, `configuration` without a credential,
 *   `unreachable` when no gateway runs, `refused` when it refuses, `timeout`.
 */
export async function revoke({ data, ...given }: RevokeOptions, output: Output): Promise<Outcome> {
  const { user, session, device, tokenId, issuedBefore } = given;
  if ([user, session, device, tokenId, issuedBefore].every((value) => value === undefined)) {
    throw new CliError("usage", "expected --user, --session, --device, --token-id or --issued-before, got none");
  }
  const access = readAdminAccess(data, "adminCredential");
  const target = { user, session, device, tokenId, issuedBefore };
  const { closed } = await askAdmin(access, { path: "/v1/revocations", document: target, answer: answerBody });
  output.record({ event: "revoked", closed });
  output.say(`revoked; ${closed} ${closed === 1 ? "connection" : "connections"} closed`);
  return "ok";
}

const answerBody = z.object({ closed: z.int().min(0) });
