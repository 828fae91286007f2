import { maxPlaintextBytes } from "../padded-content.ts";

/** How long keys seal, and how large records are. All can be set lower, never higher (SR-1.5). */
export interface SealingLimits {
  /** Bytes of a plaintext, padding included; the smaller of ours and that of message 2 (HS-1.7). */
  readonly maxPlaintextBytes: number;
  /** Plaintexts are padded to a multiple of this. */
  readonly paddedTo: number;
  /**
   * Keys are updated before so many records, bytes of plaintext or milliseconds (SR-4.2). Set so low that updates come
   * closer than {@link updateSpacing}, they make the other side end the session (SR-4.3).
   */
  readonly updateAfterRecords: number;
  readonly updateAfterBytes: number;
  readonly updateAfterMs: number;
  /** Records of a generation after which nothing is sealed any more. */
  readonly maxRecords: number;
}

/** The defaults of {@link SealingLimits}, which are also the highest. */
export const sealingLimits: SealingLimits = Object.freeze({
  maxPlaintextBytes,
  paddedTo: 64,
  updateAfterRecords: 2 ** 20,
  updateAfterBytes: 2 ** 30,
  updateAfterMs: 3_600_000,
  maxRecords: 2 ** 22,
});

/** What the receiving side puts up with. All can be set lower, never higher. */
export interface OpeningLimits {
  readonly maxPlaintextBytes: number;
  /** Bytes of a value, its chunks together. */
  readonly maxMessageBytes: number;
  /** Bytes of AUTH, its chunks together (HS-2.1). */
  readonly maxAuthBytes: number;
}

/** The defaults of {@link OpeningLimits}, which are also the highest. */
export const openingLimits: OpeningLimits = Object.freeze({
  maxPlaintextBytes,
  maxMessageBytes: 2 ** 31 - 1,
  maxAuthBytes: 16_384,
});

/** Two updates of a peer with fewer records and less time between them are fatal (SR-4.3). */
export const updateSpacing = { records: 1_024, ms: 10_000 } as const;
