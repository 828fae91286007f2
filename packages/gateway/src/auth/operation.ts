/** What a member may ask for: the four uses of a channel, and calling a command. */
export const operations = ["join", "publish", "history", "presence", "call"] as const;

/** One of {@link operations}; what `authorize` is asked and grants are written in. */
export type Operation = (typeof operations)[number];

/** The operations on a channel. */
export type ChannelOperation = Exclude<Operation, "call">;
