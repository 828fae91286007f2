import { GatewayError } from "../gateway-error.ts";
import { type ChannelOperation, type Operation, operations } from "./operation.ts";

export type { ChannelOperation };

/**
 * Capabilities carried by a token: each grant adds operations, none takes any away, and an empty list allows nothing.
 * An identity without grants is not restricted by them. Made by {@link parseGrants} only.
 */
export type Grants = readonly Grant[];

/** One parsed entry of a `grants` claim. */
export interface Grant {
  readonly operations: ReadonlySet<Operation>;
  /** The channel or command, or `*` for every one. */
  readonly name: string;
  /** What the channel's params have to be; `any` for `*` and `name:*`, no entry for a bare name. */
  readonly params: "any" | ReadonlyMap<string, ValuePattern>;
}

/** A literal value, or every value that starts with `text`. */
export interface ValuePattern {
  readonly text: string;
  readonly prefix: boolean;
}

/** What an operation is done to: a channel with its params, or a command. */
export type GrantTarget = ChannelTarget | CommandTarget;

/** A channel by its name in the contract, with params the contract has parsed. */
export interface ChannelTarget {
  readonly channel: string;
  readonly params: unknown;
}

/** A command by its name in the contract. */
export interface CommandTarget {
  readonly command: string;
}

/** The most entries of one `grants` claim; each is looked at on every operation. */
export const maxGrants = 128;

/**
 * Parses a `grants` claim, a list of strings (EBNF of ISO 14977 without the commas):
 *
 * ```text
 * grant     = pattern "=" operation { "," operation } ;      (split at the last "=")
 * pattern   = "*" | name | name ":" "*" | name ":" param { "," param } ;
 * param     = key "=" value ;                                (split at the first "=")
 * value     = [ text ] "*" | text ;
 * operation = "join" | "publish" | "history" | "presence" | "call" ;
 * name, key = character without ":" "=" "," "*", at least one ;
 * text      = character without "," "*", at least one ;
 * ```
 *
 * - `*=presence`: every channel, whatever its params; `*=call`: every command.
 * - `room:*=join,publish`: the channel `room` with any params.
 * - `room:roomId=tea=join`: only with exactly these params. All of them are named; one that is left out does not match.
 * - `room:roomId=tea-*=join`: values that start with `tea-`; `roomId=*`: any value, but the param is there.
 * - `lobby=join`: the channel `lobby` with no params; `renameRoom=call`: the command.
 *
 * A value with a comma or a `*` of its own cannot be written. Numbers and booleans are compared as JSON writes them;
 * a param that is a list, an object or null is matched by `*` alone.
 *
 * @throws invalid-grants if any entry is malformed; whoever holds the claim is then to be refused.
 */
export function parseGrants(claim: unknown): Grants {
  if (!Array.isArray(claim) || claim.length > maxGrants) {
    throw new GatewayError("invalid-grants", `grants: expected a list of at most ${maxGrants} strings`);
  }
  return claim.map(parseGrant);
}

/** Which entry of a `grants` claim allows an operation. */
export interface GrantsExplained {
  /** The claim's entries, as they are. */
  readonly entries: readonly string[];
  /** The first that allows it; absent when none does. */
  readonly allowedBy?: string;
}

/**
 * Says which entry of a claim allows an operation on a channel, or calling a command, for people.
 *
 * @throws invalid-grants if any entry is malformed.
 */
export function explainGrants(claim: unknown, operation: ChannelOperation, target: ChannelTarget): GrantsExplained;
export function explainGrants(claim: unknown, operation: "call", target: CommandTarget): GrantsExplained;
export function explainGrants(claim: unknown, operation: Operation, target: GrantTarget): GrantsExplained {
  const grants = parseGrants(claim);
  const entries = claim as readonly string[];
  const allowedBy = entries[grants.findIndex((grant) => isAllowedBy(grant, operation, target))];
  return { entries, ...(allowedBy === undefined ? {} : { allowedBy }) };
}

/** Whether one of the grants allows this on a channel. Linear in the grants and their params; no side effects. */
export function grantsAllow(grants: Grants, operation: ChannelOperation, target: ChannelTarget): boolean;
/** Whether one of the grants allows calling this command. */
export function grantsAllow(grants: Grants, operation: "call", target: CommandTarget): boolean;
export function grantsAllow(grants: Grants, operation: Operation, target: GrantTarget): boolean {
  return grants.some((grant) => isAllowedBy(grant, operation, target));
}

function isAllowedBy(grant: Grant, operation: Operation, target: GrantTarget): boolean {
  return grant.operations.has(operation) && targetMatches(grant, target);
}

function targetMatches(grant: Grant, target: GrantTarget): boolean {
  const name = "command" in target ? target.command : target.channel;
  if (grant.name !== "*" && grant.name !== name) {
    return false;
  }
  return "command" in target || grant.params === "any" || paramsMatch(grant.params, target.params);
}

function paramsMatch(patterns: ReadonlyMap<string, ValuePattern>, params: unknown): boolean {
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    return false;
  }
  const entries = Object.entries(params);
  return entries.length === patterns.size && entries.every(([key, value]) => valueMatches(patterns.get(key), value));
}

function valueMatches(pattern: ValuePattern | undefined, value: unknown): boolean {
  if (pattern === undefined) {
    return false;
  }
  if (pattern.prefix && pattern.text === "") {
    return true;
  }
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    return false;
  }
  return pattern.prefix ? String(value).startsWith(pattern.text) : String(value) === pattern.text;
}

function parseGrant(entry: unknown, index: number): Grant {
  if (typeof entry !== "string") {
    throw malformed(index, "expected a string such as 'room:*=join,publish'");
  }
  const end = entry.lastIndexOf("=");
  if (end < 1) {
    throw malformed(index, "expected a pattern, '=' and operations");
  }
  const target = parsePattern(entry.slice(0, end), index);
  const granted = parseOperations(entry.slice(end + 1), index);
  if (granted.has("call") && target.name !== "*" && (target.params === "any" || target.params.size > 0)) {
    throw malformed(index, "call takes the name of a command, without params");
  }
  return { ...target, operations: granted };
}

function parseOperations(list: string, index: number): ReadonlySet<Operation> {
  const granted = new Set<Operation>();
  for (const word of list.split(",")) {
    const operation = operations.find((known) => known === word);
    if (operation === undefined || granted.has(operation)) {
      throw malformed(index, `expected operations out of ${operations.join(", ")}, each once, after the last '='`);
    }
    granted.add(operation);
  }
  return granted;
}

function parsePattern(pattern: string, index: number): Pick<Grant, "name" | "params"> {
  if (pattern === "*") {
    return { name: "*", params: "any" };
  }
  const colon = pattern.indexOf(":");
  const name = colon < 0 ? pattern : pattern.slice(0, colon);
  if (!isWord(name)) {
    throw malformed(index, "expected '*' or a name before ':' or '='");
  }
  if (colon < 0) {
    return { name, params: new Map() };
  }
  const params = pattern.slice(colon + 1);
  return { name, params: params === "*" ? "any" : parseParams(params, index) };
}

function parseParams(list: string, index: number): ReadonlyMap<string, ValuePattern> {
  const params = new Map<string, ValuePattern>();
  for (const param of list.split(",")) {
    const equals = param.indexOf("=");
    const key = param.slice(0, Math.max(equals, 0));
    const value = param.slice(equals + 1);
    if (!isWord(key) || params.has(key)) {
      throw malformed(index, "expected '*' or key=value, each key once, after ':'");
    }
    const prefix = value.endsWith("*");
    const text = prefix ? value.slice(0, -1) : value;
    if (value === "" || text.includes("*")) {
      throw malformed(index, "expected a value with no '*' but at its end");
    }
    params.set(key, { text, prefix });
  }
  return params;
}

function isWord(text: string): boolean {
  return text !== "" && !/[:=,*]/.test(text);
}

function malformed(index: number, expectation: string): GatewayError {
  return new GatewayError("invalid-grants", `grants[${index}]: ${expectation}`);
}
