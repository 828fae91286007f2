import { z } from "zod";
import { type AdminAccess, readAdminAccess } from "../admin/access.ts";
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
  const { closed } = await ask(readAdminAccess(data), { user, session, device, tokenId, issuedBefore });
  output.record({ event: "revoked", closed });
  output.say(`revoked; ${closed} ${closed === 1 ? "connection" : "connections"} closed`);
  return "ok";
}

const answerBody = z.object({ closed: z.int().min(0) });
const problemBody = z.object({ detail: z.string() });

async function ask({ url, credential }: AdminAccess, target: object): Promise<z.infer<typeof answerBody>> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${url}/v1/revocations`, {
      method: "POST",
      headers: { Authorization: `Bearer ${credential}`, "Content-Type": "application/json" },
      body: JSON.stringify(target),
      redirect: "error",
      signal: AbortSignal.timeout(10_000),
    });
    body = await response.json();
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") {
      throw new CliError("timeout", `no answer from ${url} within 10 s`, { cause: error });
    }
    const advice = "is the gateway of this data folder running?";
    throw new CliError("unreachable", `cannot reach the admin API at ${url}; ${advice}`, { cause: error });
  }
  const answer = answerBody.safeParse(body);
  if (response.ok && answer.success) return answer.data;
  const why = problemBody.safeParse(body).data?.detail ?? "no reason given";
  throw new CliError(response.status === 400 ? "usage" : "refused", `the gateway refused (${response.status}): ${why}`);
}
