import type { StandardSchemaV1 } from "@standard-schema/spec";

/**
 * A validator of any Standard Schema library (zod, valibot, arktype, …) that answers synchronously. `I` is what it
 * takes, `O` what it gives after its transformations.
 */
export type Schema<I = unknown, O = unknown> = StandardSchemaV1<I, O>;

/**
 * How a channel's data is protected, weakest first. `transport`: by TLS alone. `sealed`: also by a session with the
 * gateway inside TLS. `end-to-end`: by keys that only the members have. A gateway that cannot serve a level refuses to
 * start; it never runs it as something weaker.
 */
export type Protection = "transport" | "sealed" | "end-to-end";

/** How much of a channel is kept for those who come back. Whatever exceeds a bound is dropped, oldest first. */
export interface History {
  /**
   * Messages kept, an integer from 1 to 10,000. Or `"latest"`, for a channel whose newest message says all there is to
   * know, such as a price or a position: that one is kept and given to whoever joins, and a member may be spared the
   * ones before it.
   */
  readonly messages: number | "latest";
  /** Their bytes as the gateway stores them, an integer from 1 to 104,857,600, which holds when left out. */
  readonly bytes?: number;
  /** How long each is kept, in milliseconds, an integer from 1 to 2,147,483,647 (about 24 days). */
  readonly ttlMs: number;
}

/** What becomes of a member that reads too slowly; see {@link ChannelDefinition.whenSlow}. */
export type WhenSlow = "disconnect" | "drop-oldest" | "keep-latest";

/** A kind of channel; one channel of that kind exists for every value of its `params`. */
export interface ChannelDefinition {
  /** What tells the channels of this kind apart, such as `{ roomId }`. Its output must be JSON. */
  readonly params: Schema;
  /** What a message holds. Its output is what members receive, so it must be JSON too. */
  readonly message: Schema;
  /** The least protection its data has. A security decision, so it has no default. */
  readonly protection: Protection;
  /** Who may publish: members who joined, or the application alone. A security decision, so it has no default. */
  readonly publish: "members" | "server";
  /** What is kept of it; nothing when left out. */
  readonly history?: History;
  /**
   * What becomes of a member that reads too slowly, when what waits for it is at its bounds. `disconnect`, which holds
   * when left out: it is closed with 1013, comes back and recovers. `drop-oldest` and `keep-latest`: it loses the oldest
   * messages that wait for it, or all but the newest, and is told which. A channel of the latest value keeps the latest.
   */
  readonly whenSlow?: WhenSlow;
  /**
   * For what is worth nothing a moment later, such as who is typing: messages are not kept, a member that does not keep
   * up is not sent them, before it loses anything else, and nobody is told. `false` when left out.
   */
  readonly ephemeral?: boolean;
  /** Whether members are told who else has joined; `false` when left out. */
  readonly presence?: boolean;
}

/** A request that a client calls and a handler of the application answers. */
export interface CommandDefinition {
  /** What the caller sends. */
  readonly input: Schema;
  /** What the handler answers; checked like any input, so that a handler cannot leak a field by accident. */
  readonly output: Schema;
}

/**
 * All that two ends agree on. Names of channels and commands begin with a letter and have up to 64 letters, digits,
 * `-` and `_`; names that every object has (`constructor`, `toString`, …) are refused.
 */
export interface ContractDefinition {
  readonly channels: Readonly<Record<string, ChannelDefinition>>;
  readonly commands?: Readonly<Record<string, CommandDefinition>>;
  /** What the application sends to all devices of a user; without it, it cannot. */
  readonly notification?: Schema;
}
