import type { Bytes } from "@wardwire/crypto/bytes";
import type { Present } from "@wardwire/wire/frames";
import type { Identity } from "../auth/identity.ts";
import type { Channel } from "../channels/channel.ts";

/** What a connection is once it has authenticated. */
export interface Session {
  /** Replaced by a renewal; always the one in force. */
  identity: Identity;
  /** What the proof of the next renewal signs; on sealed connections only. Good for one renewal that succeeds (AU-4). */
  renewalNonce: Bytes | undefined;
  readonly user: string;
  readonly device: string;
  /** What is joined, by channel number. */
  readonly joined: Map<number, Membership>;
  /** Commands under way. */
  calls: number;
  /** How often its joined channels have been looked at again because the application's rules changed. */
  reviews: number;
}

/** One joined channel. */
export interface Membership {
  readonly channel: Channel;
  /** This connection's presence entry, in channels that keep presence. */
  readonly present?: Present;
}

/** The session of an identity on a fresh connection. */
export function beginSession(identity: Identity, device: string, renewalNonce?: Bytes): Session {
  return { identity, renewalNonce, user: identity.userId, device, joined: new Map(), calls: 0, reviews: 0 };
}
