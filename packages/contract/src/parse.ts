import type { StandardSchemaV1 } from "@standard-schema/spec";
import { ContractError } from "./contract-error.ts";
import type { Schema } from "./definition.ts";
import { normaliseValue } from "./normalise-value.ts";
import type { ParseResult } from "./parse-result.ts";
import { refuseByIssue } from "./schema-issue.ts";

/**
 * Checks a value that came from outside: brings its text into one form (rules CT-TEXT-1 to CT-TEXT-8 in `text.ts`), then
 * asks the schema. No value makes it throw; only a schema that does not keep to its contract does. `value` is not changed
 * and not kept, but parts of it may be shared by the result.
 *
 * @throws ContractError async-schema, schema-threw
 */
export function parse<S extends Schema>(schema: S, value: unknown): ParseResult<StandardSchemaV1.InferOutput<S>> {
  const text = normaliseValue(value);
  if (!text.ok) return text;
  const result = validate(schema, text.value);
  return result.issues
    ? refuseByIssue(result.issues[0], text.value)
    : { ok: true, value: result.value as StandardSchemaV1.InferOutput<S> };
}

function validate(schema: Schema, value: unknown): StandardSchemaV1.Result<unknown> {
  const { validate: run, vendor } = schema["~standard"];
  let result: unknown;
  try {
    result = run(value);
  } catch (cause) {
    throw new ContractError(
      "schema-threw",
      `a schema (${vendor}) threw instead of returning its issues: look at cause, and let its own checks return false`,
      { cause },
    );
  }
  if (isThenable(result)) {
    // Nobody will wait for it, and a rejection without a handler ends the process.
    Promise.resolve(result).catch(() => undefined);
    throw new ContractError(
      "async-schema",
      `a schema (${vendor}) answered with a promise, but a contract is checked synchronously: move its asynchronous check into authorize or the command handler`,
    );
  }
  if (isResult(result)) return result;
  throw new ContractError("schema-threw", `a schema (${vendor}) answered with neither a value nor issues`);
}

function isThenable(result: unknown): result is PromiseLike<unknown> {
  return typeof result === "object" && result !== null && "then" in result && typeof result.then === "function";
}

/** Whatever else comes back must not pass for success. */
function isResult(result: unknown): result is StandardSchemaV1.Result<unknown> {
  return (
    typeof result === "object" &&
    result !== null &&
    ("value" in result || ("issues" in result && Array.isArray(result.issues)))
  );
}
