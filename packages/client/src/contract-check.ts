import { parse, type Schema } from "@wardwire/contract";
import { ClientError } from "./client-error.ts";

/**
 * Checks a value and gives what the schema makes of it; the value itself without a schema. The only file that needs the
 * contract's code, so that a page without a contract never loads it.
 *
 * @throws ClientError `invalid-data` with the path
 * @throws ContractError when the schema itself is at fault
 */
export function check(schema: Schema | undefined, value: unknown): unknown {
  if (schema === undefined) return value;
  const result = parse(schema, value);
  if (result.ok) return result.value;
  throw new ClientError("invalid-data", result.message, { path: result.path });
}

/** The type of {@link check}. */
export type Check = typeof check;
