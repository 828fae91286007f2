import { type Contract, parse } from "@wardwire/contract";
import { demo } from "@wardwire/contracts/demo";
import { type ChannelOperation, explainGrants, type GrantsExplained } from "@wardwire/gateway/grants";
import { decodeJwt, type JWTPayload } from "jose";
import { CliError } from "../cli-error.ts";
import { loadConfiguration, resolveBeside } from "../configuration/load.ts";
import { configurationError } from "../configuration/problem.ts";
import { readToken } from "../connection/token-input.ts";
import type { Outcome } from "../exit-codes.ts";
import type { JoinTarget } from "../option-values.ts";
import type { Output } from "../output.ts";
import { loadApplication } from "../production/application.ts";

/** The options of `wardwire explain`, parsed. */
export interface ExplainOptions {
  readonly operation: ChannelOperation | "call";
  /** For every operation but `call`. */
  readonly channel?: JoinTarget;
  /** For `call`. */
  readonly command?: string;
  /** Whose application's contract counts; the demo contract when left out. */
  readonly config?: string;
  readonly tokenFile?: string;
}

/**
 * Says why a token may or may not do something, by a contract and the token's grants. It asks nobody: whether the
 * signature is good, whether it has been revoked and what an application's `authorize` says is not looked at.
 *
 * @returns `ok` when it may, `findings` when it may not.
 * @throws CliError `usage` without a token or a target, `configuration` for a token or a contract that is none.
 */
export async function explain(options: ExplainOptions, output: Output): Promise<Outcome> {
  const intent = intentOf(options);
  const claims = readClaims(await readToken(options.tokenFile, process.env));
  const contract = options.config === undefined ? demo : await contractOf(options.config);
  const reasons = [byContract(contract, intent), byExpiry(claims, Date.now()), byGrants(intent, claims)];
  const allowed = reasons.every((reason) => reason.allows);
  output.record({ allowed, ...intent, user: claims.sub, reasons });
  output.say(output.style(allowed ? "green" : "red", allowed ? "allowed" : "denied"));
  for (const { allows, text } of reasons) output.say(`  ${allows ? "+" : "-"} ${text}`);
  output.say("  the signature, revocations and the application's authorize are not looked at");
  return allowed ? "ok" : "findings";
}

/** What somebody wants to do. */
type Intent =
  | ({ readonly operation: ChannelOperation } & JoinTarget)
  | { readonly operation: "call"; readonly command: string };

function intentOf({ operation, channel, command }: ExplainOptions): Intent {
  if (operation === "call") {
    if (command !== undefined && channel === undefined) return { operation, command };
    throw new CliError("usage", "--operation call: expected --command, such as renameRoom, and no --channel");
  }
  if (channel !== undefined && command === undefined) return { operation, ...channel };
  throw new CliError(
    "usage",
    `--operation ${operation}: expected --channel, such as room:roomId=tea, and no --command`,
  );
}

/** The contract of the application a configuration names. */
async function contractOf(file: string): Promise<Contract> {
  const loaded = loadConfiguration(file, process.env);
  if (!loaded.ok) throw configurationError(file, loaded.problems);
  const { contract } = await loadApplication(resolveBeside(file, loaded.configuration.application));
  return contract;
}

/** One thing that has to allow the operation. */
interface Reason {
  readonly by: "contract" | "expiry" | "grants";
  readonly allows: boolean;
  readonly text: string;
}

function byContract(contract: Contract, intent: Intent): Reason {
  const say = (allows: boolean, text: string): Reason => ({ by: "contract", allows, text: `contract: ${text}` });
  if (intent.operation === "call") {
    const isThere = contract.command(intent.command) !== undefined;
    return isThere
      ? say(true, `there is a command ${intent.command}`)
      : say(false, `there is no command ${intent.command}`);
  }
  const { operation, channel, params } = intent;
  const definition = contract.channel(channel);
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

function byGrants(intent: Intent, claims: JWTPayload): Reason {
  const say = (allows: boolean, text: string): Reason => ({ by: "grants", allows, text: `grants: ${text}` });
  if (!Object.hasOwn(claims, "grants")) return say(true, "the token has none, so they restrict nothing");
  let explained: GrantsExplained;
  try {
    explained =
      intent.operation === "call"
        ? explainGrants(claims["grants"], intent.operation, intent)
        : explainGrants(claims["grants"], intent.operation, intent);
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
