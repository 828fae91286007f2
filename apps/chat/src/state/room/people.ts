import type { ChatChannel } from "../chat-client.ts";

/** One connection that is present in a room. */
export type Presence = ChatChannel["present"][number];

/** A person who is present, with the devices they are on. */
export interface PresentPerson {
  readonly user: string;
  readonly isMe: boolean;
  readonly devices: readonly PresentDevice[];
}

/** A device that is present. */
export interface PresentDevice {
  readonly device: string;
  /** How many tabs or programs of the device are connected. */
  readonly connections: number;
  /** Since when the first of them is, in ms since 1970. */
  readonly since: number;
}

/** Gathers connections by person and device: oneself first, then by name. A connection listed twice counts once. */
export function peopleIn(present: readonly Presence[], me: string): readonly PresentPerson[] {
  const unique = new Map(present.map((presence) => [presence.connection, presence]));
  const byUser = Map.groupBy(unique.values(), ({ user }) => user);
  return [...byUser]
    .map(([user, presences]) => ({ user, isMe: user === me, devices: devicesOf(presences) }))
    .sort((a, b) => Number(b.isMe) - Number(a.isMe) || a.user.localeCompare(b.user));
}

function devicesOf(presences: readonly Presence[]): readonly PresentDevice[] {
  return [...Map.groupBy(presences, ({ device }) => device)]
    .map(([device, all]) => ({
      device,
      connections: all.length,
      since: Math.min(...all.map(({ since }) => since)),
    }))
    .sort((a, b) => a.since - b.since || a.device.localeCompare(b.device));
}
