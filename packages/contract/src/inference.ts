import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Contract } from "./contract.ts";

type Channels<C extends Contract> = C["definition"]["channels"];
type Commands<C extends Contract> = NonNullable<C["definition"]["commands"]>;
type Notification<C extends Contract> = NonNullable<C["definition"]["notification"]>;
type Input<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferInput<S> : never;
type Output<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : never;

/** The names of a contract's channels. */
export type ChannelName<C extends Contract> = keyof Channels<C> & string;

/** The names of a contract's commands; `never` without commands. */
export type CommandName<C extends Contract> = keyof Commands<C> & string;

/** A channel's params as they are after validation. */
export type ParamsOf<C extends Contract, N extends ChannelName<C>> = Output<Channels<C>[N]["params"]>;

/** A channel's params as one gives them to join or to publish. */
export type ParamsInputOf<C extends Contract, N extends ChannelName<C>> = Input<Channels<C>[N]["params"]>;

/** A message as members receive it. */
export type MessageOf<C extends Contract, N extends ChannelName<C>> = Output<Channels<C>[N]["message"]>;

/** A message as one publishes it. */
export type MessageInputOf<C extends Contract, N extends ChannelName<C>> = Input<Channels<C>[N]["message"]>;

/** A command's input as the caller gives it. */
export type CallInputOf<C extends Contract, K extends CommandName<C>> = Input<Commands<C>[K]["input"]>;

/** A command's input as its handler gets it. */
export type InputOf<C extends Contract, K extends CommandName<C>> = Output<Commands<C>[K]["input"]>;

/** A command's output as its handler gives it. */
export type OutputOf<C extends Contract, K extends CommandName<C>> = Input<Commands<C>[K]["output"]>;

/** A command's output as the caller gets it. */
export type ResultOf<C extends Contract, K extends CommandName<C>> = Output<Commands<C>[K]["output"]>;

/** A notification as a user's devices receive it; `never` without notifications. */
export type NotificationOf<C extends Contract> = Output<Notification<C>>;

/** A notification as the application gives it. */
export type NotificationInputOf<C extends Contract> = Input<Notification<C>>;
