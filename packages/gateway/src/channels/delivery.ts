import type { ChannelDefinition, WhenSlow } from "@wardwire/contract";

/** What becomes of a member's messages when it reads too slowly: the contract's word, or `drop` for ephemeral ones. */
export type Delivery = WhenSlow | "drop";

/** How a channel's messages are delivered under pressure (ADR 0009). */
export function deliveryOf({ history, whenSlow, ephemeral }: ChannelDefinition): Delivery {
  if (ephemeral === true) return "drop";
  if (history?.messages === "latest") return "keep-latest";
  return whenSlow ?? "disconnect";
}

/** Whether members may be spared messages by the nature of the channel, so that nobody is told of it. */
export function isLossy({ history, ephemeral }: ChannelDefinition): boolean {
  return ephemeral === true || history?.messages === "latest";
}
