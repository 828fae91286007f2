import type { Bytes } from "../bytes.ts";
import { expandLabel } from "../expand-label.ts";
import { type Label, labels } from "../labels.ts";
import type { Primitives } from "../primitives/primitives.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import type { SessionLimits } from "./second-message.ts";
import type { Suite } from "./suites.ts";
import type { Transcript } from "./transcript.ts";

/** What a finished handshake gives; the receiver owns the three secrets. */
export interface EstablishedSession {
  readonly suite: Suite;
  /** h: names this handshake, and is what a device proof signs (AU-2). Public. */
  readonly transcriptHash: Bytes;
  /** Secret of client to gateway, generation 0. */
  readonly clientTraffic: SecretBytes;
  /** Secret of gateway to client, generation 0. */
  readonly gatewayTraffic: SecretBytes;
  /** For AU-2 and SR-5, and nothing else (SR-0.2). */
  readonly exporter: SecretBytes;
  readonly limits: SessionLimits;
  /** The gateway's time, milliseconds since 1970. */
  readonly serverTimeMs: number;
}

/** The secrets of a session from the finished transcript, which is disposed of (session-records.md §1). */
export async function deriveSession(
  primitives: Primitives,
  transcript: Transcript,
  terms: Pick<EstablishedSession, "suite" | "limits" | "serverTimeMs">,
): Promise<EstablishedSession> {
  const prk = await transcript.extract();
  const transcriptHash = transcript.hash();
  transcript.dispose();
  const derive = async (label: Label): Promise<SecretBytes> =>
    expandLabel(primitives, prk, label, new Uint8Array(0), secretBytes);
  const session = {
    ...terms,
    transcriptHash,
    clientTraffic: await derive(labels.clientTraffic),
    gatewayTraffic: await derive(labels.gatewayTraffic),
    exporter: await derive(labels.exporter),
  };
  prk.dispose();
  return session;
}

const secretBytes = 32;
