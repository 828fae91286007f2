import type { Contract } from "@wardwire/contract";
import type { GatewayFrame } from "@wardwire/wire/frames";

/** Where frames came: before AUTH_OK, in the session, or in a record of the channel with this number. */
export type FrameSource = "unauthorized" | "session" | number;

/** A sealed channel that has been joined or left. */
export interface ChannelChange {
  readonly channel: number;
  readonly joined: boolean;
}

/** Holds each frame against the place where it came (SR-2), and notes which sealed channels are joined. */
export class FrameGate {
  /** Where the frames come that are asked about next. */
  source: FrameSource = "unauthorized";
  readonly #contract: Contract | undefined;
  /** Numbers of the sealed channels that are joined. */
  readonly #sealed = new Set<number>();
  #changes: ChannelChange[] = [];

  constructor(contract: Contract | undefined) {
    this.#contract = contract;
  }

  /** Whether a frame may come there; the connection ends over one that may not. */
  admits(frame: GatewayFrame): boolean {
    const { source } = this;
    if (source === "unauthorized") return frame.type === "error";
    if (source !== "session") return channelPushes.has(frame.type) && "channel" in frame && frame.channel === source;
    if (frame.type === "message") return !this.#sealed.has(frame.channel);
    if (frame.type === "joined") {
      if (frame.protection === undefined) return this.#contract?.channel(frame.name)?.protection !== "sealed";
      this.#change(frame.channel, true);
    } else if (frame.type === "left" && this.#sealed.has(frame.channel)) this.#change(frame.channel, false);
    return true;
  }

  /** What has been joined and left since the last call, in order. */
  takeChanges(): readonly ChannelChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  #change(channel: number, joined: boolean): void {
    if (joined) this.#sealed.add(channel);
    else this.#sealed.delete(channel);
    this.#changes.push({ channel, joined });
  }
}

/** What comes for all members of a channel alike. */
const channelPushes: ReadonlySet<GatewayFrame["type"]> = new Set(["message", "presence", "notice"]);
