import { maxContentBytes, maxPlaintextBytes } from "../padded-content.ts";

/** How long the secrets of a channel are used, and how large its records are. All can be set lower, never higher. */
export interface ChannelLimits {
  /** Bytes of a plaintext, padding included. */
  readonly maxPlaintextBytes: number;
  /** Plaintexts are padded to a multiple of this. */
  readonly paddedTo: number;
  /** A fresh E is drawn after so many steps, records or milliseconds of an epoch (RK-2.2). */
  readonly freshAfterSteps: number;
  readonly freshAfterRecords: number;
  readonly freshAfterMs: number;
}

/** The defaults of {@link ChannelLimits}, which are also the highest. */
export const channelLimits: ChannelLimits = Object.freeze({
  maxPlaintextBytes,
  paddedTo: 64,
  freshAfterSteps: 4_096,
  freshAfterRecords: 2 ** 20,
  freshAfterMs: 3_600_000,
});

/** Bytes of frames in one channel record, at most (channel-records.md §2). */
export const maxRecordContentBytes: number = maxContentBytes(maxPlaintextBytes);

/** How long a fresh E may wait after a leave: the longer of a time and so much for each member (RK-7.2). */
export const leaveWindow = { leastMs: 250, perMemberMs: 0.1 } as const;
