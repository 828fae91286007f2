import { stringify } from "yaml";
import { z } from "zod";
import type { Configuration } from "../configuration/configuration.ts";
import { loadConfiguration } from "../configuration/load.ts";
import { configurationError, describeProblem } from "../configuration/problem.ts";
import { configurationSchema } from "../configuration/schema.ts";
import type { Outcome } from "../exit-codes.ts";
import { type Output, printable } from "../output.ts";

/** The options of `wardwire config check` and `config print`, parsed. */
export interface ConfigOptions {
  readonly config: string;
  readonly redacted?: boolean;
}

/** Lists every problem of a configuration with the path of its key; the outcome is `configuration` if there are any. */
export async function checkConfig({ config: file }: ConfigOptions, output: Output): Promise<Outcome> {
  const result = loadConfiguration(file, process.env);
  const problems = result.ok ? [] : result.problems;
  output.record({ file, valid: result.ok, problems });
  for (const problem of problems) output.say(`${output.style("red", "✗")} ${printable(describeProblem(problem))}`);
  if (result.ok) output.say(`${output.style("green", "✓")} ${file} is a valid configuration`);
  return result.ok ? "ok" : "configuration";
}

/**
 * Prints a configuration as `serve` would use it, as YAML or as one JSON document.
 *
 * @throws CliError `configuration` when it has problems.
 */
export async function printConfig(options: ConfigOptions, output: Output): Promise<Outcome> {
  const result = loadConfiguration(options.config, process.env);
  if (!result.ok) throw configurationError(options.config, result.problems);
  const shown = options.redacted ? redact(result.configuration) : result.configuration;
  if (output.json) output.record(shown);
  else output.say(stringify(shown).trimEnd());
  return "ok";
}

/** Prints the JSON Schema (2020-12) of the configuration file, for editors and for people. */
export async function printSchema(output: Output): Promise<Outcome> {
  output.say(JSON.stringify(z.toJSONSchema(configurationSchema, { io: "input" }), undefined, 2));
  return "ok";
}

/**
 * Secrets are files and stay on disk; what is left are addresses: of a key set, whose query may carry an API key, and of
 * webhooks, whose path is often all that protects them.
 */
function redact(configuration: Configuration): Configuration {
  const { jwt, webhooks } = configuration;
  const shown = webhooks.map((webhook) => ({ ...webhook, url: new URL("/redacted", webhook.url).href }));
  const redacted = { ...configuration, webhooks: shown };
  if (jwt.jwksUrl === undefined) return redacted;
  const url = new URL(jwt.jwksUrl);
  if (url.search !== "") url.search = "?redacted";
  return { ...redacted, jwt: { ...jwt, jwksUrl: url.href } };
}
