import { type Contract, parse } from "@wardwire/contract";
import { canonicalJson } from "@wardwire/contract/canonical-json";
import type { Json } from "@wardwire/wire/frames";
import { RequestError } from "../dispatch/request-error.ts";
import type { ChannelAddress } from "./channel.ts";

/** Longest broker key; parameters that make a longer one are refused. */
const maxKeyBytes = 1_024;

/**
 * The address of a channel, from names and parameters as they came.
 *
 * @throws RequestError `unknown-channel` or `invalid-data`.
 */
export function channelAddress(contract: Contract, name: string, params: unknown): ChannelAddress {
  const definition = contract.channel(name);
  if (definition === undefined) throw new RequestError("unknown-channel", "the contract has no channel of this name");
  const parsed = parse(definition.params, params);
  if (!parsed.ok) throw new RequestError("invalid-data", parsed.message, { path: parsed.path });
  const checked = parsed.value as Json;
  const key = `${name} ${canonicalJson(checked)}`;
  if (Buffer.byteLength(key) > maxKeyBytes) {
    throw new RequestError("too-large", `params: expected at most ${maxKeyBytes} bytes with the channel's name`);
  }
  return { name, params: checked, key, definition };
}
