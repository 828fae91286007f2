import { canonicalJson } from "@wardwire/contract/canonical-json";
import type { Json } from "@wardwire/wire/frames";

/**
 * What a schema gave, now known to be a value both encodings carry: a schema may give anything, such as a `Date`,
 * nothing at all, or text cut in the middle of a surrogate pair.
 *
 * @throws ContractError not-json
 */
export function asJson(value: unknown): Json {
  canonicalJson(value);
  return value as Json;
}
