/** What protects a connection: TLS alone, or a sealed session inside it. */
export type Security = { readonly protection: "transport" } | SealedSecurity;

/** The sealed session of a connection. */
export interface SealedSecurity {
  readonly protection: "sealed";
  /** How keys are agreed on, and what seals the records. */
  readonly suite: "X-Wing + AES-256-GCM" | "X-Wing + ChaCha20-Poly1305";
  /** Whether whoever records it now and has a quantum computer one day reads nothing: all suites are hybrid (HS-1.5). */
  readonly postQuantum: true;
  /** The pin of the identity that vouched for the gateway: one of those given as `serverKey`. */
  readonly pin: string;
  /** When the keys in force were agreed on, in ms since 1970. */
  readonly keysSince: number;
  /** Handshakes of this connection: 1, and one more for each day it lasts (SR-5.1). */
  readonly handshakes: number;
  /** Until when the bundle of the latest handshake can be used for another one, in ms since 1970. */
  readonly bundleExpiresAt: number;
}
