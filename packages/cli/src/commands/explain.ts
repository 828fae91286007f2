import { parse } from "@wardwire/contract";
import { demo } from "@wardwire/contracts/demo";
import { type ChannelOperation, explainGrants, type GrantsExplained } from "@wardwire/gateway/grants";
import { decodeJwt, type JWTPayload } from "jose";
import { CliError } from "../cli-error.ts";
import { readToken } from "../connection/token-input.ts";
import type { Outcome } from "../exit-codes.ts";
import type { JoinTarget } from "../option-values.ts";
import type { Output } from "../output.ts";

/** The options of `wardwire explain`, parsed. */
export interface ExplainOptions {
  readonly operation: ChannelOperation;
  readonly channel: JoinTarget;
  readonly tokenFile?: string;
}

/**
 * Says why a token may or may not do something, by the demo contract and the token's grants. It asks nobody: whether the
 * signature is good, whether it has been revoked and what an application's `authorize` says is not looked at.
 *
 * @returns `ok` when it may, `findings` when it may not.
 * @throws CliError `usage` without a token, `configuration` for one that is none.
 */
export async function explain(options: ExplainOptions, output: Output): Promise<Outcome> {
  const claims = readClaims(await readToken(options.tokenFile, process.env));
  const reasons = reasonsOf(options, claims, Date.now());
  const allowed = reasons.every((reason) => reason.allows);
  const { operation, channel } = options;
  output.record({ allowed, operation, channel: channel.channel, params: channel.params, user: claims.sub, reasons });
  output.say(output.style(allowed ? "green" : "red", allowed ? "allowed" : "denied"));
  for (const { allows, text } of reasons) output.say(`  ${allows ? "+" : "-"} ${text}`);
  output.say("  the signature, revocations and the application's authorize are not looked at");
  return allowed ? "ok" : "findings";
}

/** One thing that has to allow the operation. */
interface Reason {
  readonly by: "contract" | "expiry" | "grants";
  readonly allows: boolean;
  readonly text: string;
}

function reasonsOf({ operation, channel: target }: ExplainOptions, claims: JWTPayload, nowMs: number): Reason[] {
  return [byContract(operation, target), byExpiry(claims, nowMs), byGrants(operation, target, claims)];
}

function byContract(operation: ChannelOperation, { channel, params }: JoinTarget): Reason {
  const say = (allows: boolean, text: string): Reason => ({ by: "contract", allows, text: `contract: ${text}` });
  const definition = demo.channel(channel);
  if (definition === undefined) return say(false, `there is no channel ${channel}`);
  const parsed = parse(definition.params, params);
  if (!parsed.ok) return say(false, `params: ${parsed.message}`);
  if (operation === "publish" && definition.publish !== "members") return say(false, "only the application publishes");
  if (operation === "presence" && definition.presence !== true) return say(false, `${channel} keeps no presence`);
  if (operation === "history" && definition.history === undefined) return say(false, `${channel} keeps no history`);
  return say(true, `${channel} offers ${operation}, and the params fit`);
}

function byExpiry({ exp }: JWTPayload, nowMs: number): Reason {
  const say = (allows: boolean, text: string): Reason => ({ by: "expiry", allows, text: `token: ${text}` });
  if (exp === undefined) return say(false, "it has no exp");
  const at = new Date(exp * 1_000).toISOString();
  return exp * 1_000 > nowMs ? say(true, `good until ${at}`) : say(false, `expired at ${at}`);
}

function byGrants(operation: ChannelOperation, { channel, params }: JoinTarget, claims: JWTPayload): Reason {
  const say = (allows: boolean, text: string): Reason => ({ by: "grants", allows, text: `grants: ${text}` });
  if (!Object.hasOwn(claims, "grants")) return say(true, "the token has none, so they restrict nothing");
  let explained: GrantsExplained;
  try {
    explained = explainGrants(claims["grants"], operation, { channel, params });
  } catch (error) {
    return say(
      false,
      `malformed, so the whole token is refused: ${error instanceof Error ? error.message : "unknown"}`,
    );
  }
  if (explained.allowedBy !== undefined) return say(true, `'${explained.allowedBy}' allows it`);
  const { entries } = explained;
  const shown = entries.map((entry) => `'${entry}'`).join(", ");
  return say(false, entries.length === 0 ? "the list is empty, which allows nothing" : `none of ${shown} allows it`);
}

function readClaims(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch (error) {
    throw new CliError("configuration", "expected a JSON Web Token, got something else", { cause: error });
  }
}
