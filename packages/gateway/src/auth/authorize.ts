import type { ChannelName, CommandName, Contract, InputOf, ParamsOf } from "@wardwire/contract";
import { grantsAllow } from "./grants.ts";
import type { Identity } from "./identity.ts";
import type { ChannelOperation } from "./operation.ts";

/** The answer of an {@link Authorize}: made by {@link allow} or {@link deny}. */
export type Decision = Allowed | Denied;

/** The operation may go on. */
export interface Allowed {
  readonly allowed: true;
}

/** The operation is refused. The peer is told `forbidden`, whatever the reason. */
export interface Denied {
  readonly allowed: false;
  /** For the log: a short word such as `not-a-member`. */
  readonly reason: string;
  /** What the callback threw, when that is why. */
  readonly cause?: unknown;
}

/** Lets the operation go on. */
export function allow(): Allowed {
  return { allowed: true };
}

/** Refuses the operation; `reason` is for the log and never sent to the peer. */
export function deny(reason: string): Denied {
  return { allowed: false, reason };
}

/**
 * The application's say over every single operation (R43). A token's grants can only narrow it: both must allow.
 *
 * ```ts
 * ({ identity, operation, channel, command }) =>
 *   operation === "call"
 *     ? owners.has(command.input.roomId, identity.userId) ? allow() : deny("not-the-owner")
 *     : members.has(channel.params.roomId, identity.userId) ? allow() : deny("not-a-member");
 * ```
 */
export type Authorize<C extends Contract> = (request: AuthorizeRequest<C>) => Decision | Promise<Decision>;

/** Who asks for which operation on what; `operation` tells `channel` from `command`. */
export type AuthorizeRequest<C extends Contract> = ChannelRequest<C> | CallRequest<C>;

/** To join a channel, publish to it, read its history or see who is present; `never` without channels. */
export type ChannelRequest<C extends Contract> = [ChannelName<C>] extends [never]
  ? never
  : {
      readonly identity: Identity;
      readonly operation: ChannelOperation;
      /** Its name in the contract and its parsed params; the name narrows the params. */
      readonly channel: {
        [N in ChannelName<C>]: { readonly name: N; readonly params: ParamsOf<C, N> };
      }[ChannelName<C>];
      readonly command?: undefined;
      /** Aborted when the connection closes. */
      readonly signal: AbortSignal;
    };

/** To call a command; `never` without commands. */
export type CallRequest<C extends Contract> = [CommandName<C>] extends [never]
  ? never
  : {
      readonly identity: Identity;
      readonly operation: "call";
      readonly channel?: undefined;
      /** Its name in the contract and its parsed input; the name narrows the input. */
      readonly command: {
        [K in CommandName<C>]: { readonly name: K; readonly input: InputOf<C, K> };
      }[CommandName<C>];
      /** Aborted when the connection closes. */
      readonly signal: AbortSignal;
    };

/**
 * Asks the identity's grants and then `authorize`. Denies unless the answer is an object of which `allowed: true` is an
 * own property: `undefined`, `true`, another object, a throw and a rejection all deny (R43). Never throws or rejects.
 * It answers in the same turn where `authorize` does, so that a connection's messages keep their order at no cost.
 */
export function decide<C extends Contract>(
  authorize: Authorize<C>,
  request: AuthorizeRequest<C>,
): Decision | Promise<Decision> {
  if (!grantedByToken(request)) {
    return deny("not-granted");
  }
  try {
    const answer: unknown = authorize(request);
    return isThenable(answer) ? Promise.resolve(answer).then(judge).catch(failed) : judge(answer);
  } catch (error) {
    return failed(error);
  }
}

function grantedByToken(request: AuthorizeRequest<Contract>): boolean {
  const { grants } = request.identity;
  if (grants === undefined) {
    return true;
  }
  return request.operation === "call"
    ? grantsAllow(grants, "call", { command: request.command.name })
    : grantsAllow(grants, request.operation, { channel: request.channel.name, params: request.channel.params });
}

function judge(answer: unknown): Decision {
  if (typeof answer !== "object" || answer === null || !Object.hasOwn(answer, "allowed")) {
    return deny("no-decision");
  }
  const decision = answer as Partial<Denied> | Allowed;
  if (decision.allowed === true) {
    return allow();
  }
  return deny("reason" in decision && typeof decision.reason === "string" ? decision.reason : "no-decision");
}

function failed(cause: unknown): Denied {
  return { allowed: false, reason: "authorize-failed", cause };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
