/**
 * One contract, shared by both ends: which channels and commands exist, what they carry, how they are protected.
 *
 * ```ts
 * export const chat = defineContract({
 *   channels: {
 *     room: { params: roomParams, message: roomMessage, protection: "transport", publish: "members" },
 *   },
 * });
 * ```
 */
import { checkDefinition } from "./check-definition.ts";
import { ContractError, type ContractErrorCode } from "./contract-error.ts";
import type { ChannelDefinition, CommandDefinition, ContractDefinition } from "./definition.ts";
import { parse } from "./parse.ts";

export type {
  ChannelDefinition,
  CommandDefinition,
  ContractDefinition,
  History,
  Protection,
  Schema,
  WhenSlow,
} from "./definition.ts";
export type {
  CallInputOf,
  ChannelName,
  CommandName,
  InputOf,
  MessageInputOf,
  MessageOf,
  NotificationInputOf,
  NotificationOf,
  OutputOf,
  ParamsInputOf,
  ParamsOf,
  ResultOf,
} from "./inference.ts";
export type { ParseResult } from "./parse-result.ts";
export { ContractError, type ContractErrorCode, parse };

/** A checked definition; made by {@link defineContract} only. */
export interface Contract<D extends ContractDefinition = ContractDefinition> {
  /** Frozen, down to each channel and command; the schemas are left as they are. */
  readonly definition: D;
  /** The channel of this name. `name` may come from a stranger: nothing inherited is ever found. */
  channel(name: string): ChannelDefinition | undefined;
  /** The command of this name. `name` may come from a stranger: nothing inherited is ever found. */
  command(name: string): CommandDefinition | undefined;
}

/**
 * Checks a definition once, at start, and freezes it.
 *
 * @throws ContractError invalid-definition, invalid-name, invalid-history, not-a-schema
 */
export function defineContract<const D extends ContractDefinition>(definition: D): Contract<D> {
  checkDefinition(definition);
  const channels = new Map<string, ChannelDefinition>(Object.entries(definition.channels));
  const commands = new Map<string, CommandDefinition>(Object.entries(definition.commands ?? {}));
  for (const channel of channels.values()) {
    Object.freeze(channel.history);
    Object.freeze(channel);
  }
  for (const command of commands.values()) Object.freeze(command);
  Object.freeze(definition.channels);
  Object.freeze(definition.commands);
  return Object.freeze({
    definition: Object.freeze(definition),
    channel: (name: string) => channels.get(name),
    command: (name: string) => commands.get(name),
  });
}
