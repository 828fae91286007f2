import { ContractError } from "./contract-error.ts";
import type { ChannelDefinition, ContractDefinition } from "./definition.ts";

/**
 * Checks what the types cannot, and what callers without types got wrong.
 *
 * @throws invalid-definition, invalid-name, invalid-history, not-a-schema
 */
export function checkDefinition(definition: ContractDefinition): void {
  checkProperties("a contract", definition, ["channels", "commands", "notification"]);
  for (const [name, channel] of entriesOf("channels", definition.channels)) checkChannel(name, channel);
  for (const [name, command] of entriesOf("commands", definition.commands ?? {})) checkCommand(name, command);
  if (definition.notification !== undefined) checkSchema("notification", definition.notification);
}

const protections: readonly unknown[] = ["transport", "sealed", "end-to-end"];
const publishers: readonly unknown[] = ["members", "server"];
const slowReaders: readonly unknown[] = ["disconnect", "drop-oldest", "keep-latest"];
const maxHistoryMessages = 10_000;
const maxHistoryBytes = 104_857_600;
/** The longest delay a JavaScript timer takes, so that an engine may let messages expire by one. */
const maxHistoryTtlMs = 2_147_483_647;

/** Excludes what tokens and the command line put between names: `room:roomId=tea`, `room:*=join,publish`. */
const allowedName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

function checkChannel(name: string, channel: unknown): void {
  const where = `channel "${name}"`;
  checkName(where, name);
  checkProperties(where, channel, channelProperties);
  checkSchema(`${where}: params`, channel["params"]);
  checkSchema(`${where}: message`, channel["message"]);
  checkWord(`${where}: protection`, channel["protection"], protections);
  checkWord(`${where}: publish`, channel["publish"], publishers);
  if (channel["history"] !== undefined) checkHistory(`${where}: history`, channel["history"]);
  for (const flag of ["presence", "ephemeral"]) {
    if (channel[flag] !== undefined) checkWord(`${where}: ${flag}`, channel[flag], [true, false]);
  }
  if (channel["whenSlow"] !== undefined) checkWord(`${where}: whenSlow`, channel["whenSlow"], slowReaders);
  checkDelivery(where, channel as unknown as ChannelDefinition);
}

const channelProperties: readonly (keyof ChannelDefinition)[] = [
  "params",
  "message",
  "protection",
  "publish",
  "history",
  "whenSlow",
  "ephemeral",
  "presence",
];

/** What is never kept cannot have a history, and what says by itself how a slow reader is treated says it once. */
function checkDelivery(where: string, { history, whenSlow, ephemeral }: ChannelDefinition): void {
  if (ephemeral === true && (history ?? whenSlow) !== undefined) {
    throw new ContractError("invalid-definition", `${where}: an ephemeral channel has no history and no whenSlow`);
  }
  if (history?.messages === "latest" && whenSlow !== undefined) {
    throw new ContractError("invalid-definition", `${where}: a channel of the latest value has no whenSlow`);
  }
}

function checkCommand(name: string, command: unknown): void {
  const where = `command "${name}"`;
  checkName(where, name);
  checkProperties(where, command, ["input", "output"]);
  checkSchema(`${where}: input`, command["input"]);
  checkSchema(`${where}: output`, command["output"]);
}

function checkName(where: string, name: string): void {
  if (allowedName.test(name) && !(name in Object.prototype)) return;
  throw new ContractError(
    "invalid-name",
    `${where}: expected a name of 1 to 64 letters, digits, - and _ that begins with a letter and that not every object has`,
  );
}

function checkHistory(where: string, history: unknown): void {
  checkProperties(where, history, ["messages", "bytes", "ttlMs"]);
  if (history["messages"] !== "latest") checkInteger(`${where}.messages`, history["messages"], maxHistoryMessages);
  if (history["bytes"] !== undefined) checkInteger(`${where}.bytes`, history["bytes"], maxHistoryBytes);
  checkInteger(`${where}.ttlMs`, history["ttlMs"], maxHistoryTtlMs);
}

function checkInteger(where: string, value: unknown, max: number): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new ContractError(
    "invalid-history",
    `${where}: expected an integer from 1 to ${max}, got ${String(value)}; to keep no history, leave history out`,
  );
}

function checkWord(where: string, value: unknown, words: readonly unknown[]): void {
  if (words.includes(value)) return;
  const expected = words.map((word) => JSON.stringify(word)).join(" or ");
  throw new ContractError("invalid-definition", `${where}: expected ${expected}, got ${nameOf(value)}`);
}

function checkSchema(where: string, value: unknown): void {
  const standard = isObject(value) ? value["~standard"] : undefined;
  if (isObject(standard) && standard["version"] === 1 && typeof standard["validate"] === "function") return;
  throw new ContractError(
    "not-a-schema",
    `${where}: expected a schema of a Standard Schema library (zod, valibot, arktype, …), got ${nameOf(value)}`,
  );
}

/** A misspelt `history` or `presence` must not silently be none. */
function checkProperties(
  where: string,
  value: unknown,
  allowed: readonly string[],
): asserts value is Record<string, unknown> {
  for (const [key] of entriesOf(where, value)) {
    if (allowed.includes(key)) continue;
    throw new ContractError(
      "invalid-definition",
      `${where}: unknown property "${key}"; allowed: ${allowed.join(", ")}`,
    );
  }
}

function entriesOf(where: string, value: unknown): [string, unknown][] {
  if (isObject(value) && typeof value === "object" && !Array.isArray(value)) return Object.entries(value);
  throw new ContractError("invalid-definition", `${where}: expected an object, got ${nameOf(value)}`);
}

/** Functions count: some libraries' schemas are callable. */
function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function nameOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "an array";
  return isObject(value) ? `a value of type ${typeof value}` : String(value);
}
