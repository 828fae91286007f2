/** Every label of the key schedules and every context of a signature. One word never has two uses. */

/** What stands before a label in HKDF-Expand: no other protocol derives the same key (session-records.md §1). */
export const labelPrefix = "wardwire/1 ";

/** The labels, by what is derived. */
export const labels = {
  clientTraffic: "c2s traffic",
  gatewayTraffic: "s2c traffic",
  exporter: "exporter",
  recordKey: "key",
  recordIv: "iv",
  nextGeneration: "next",
  channelId: "channel id",
  channelStep: "channel step",
  channelKey: "channel key",
  channelIv: "channel iv",
  historyKek: "history kek",
  historyKey: "history key",
  keyFile: "key file",
} as const;

/** One of {@link labels}. */
export type Label = (typeof labels)[keyof typeof labels];

/** What a signature is for; it stands before what is signed. */
export const signatureContexts = {
  delegate: "wardwire/1 delegate",
  bundle: "wardwire/1 bundle",
  revocation: "wardwire/1 revocation",
  channelRecord: "wardwire/1 channel record",
  deviceProof: "wardwire/1 bind",
} as const;

/** One of {@link signatureContexts}. */
export type SignatureContext = (typeof signatureContexts)[keyof typeof signatureContexts];

/** The name of the handshake, whose bytes begin its transcript (HS-1.1). */
export const handshakeName = "Noise_pqNK_XWing_AESGCM_SHA256";
