import type { AeadAlgorithm } from "../primitives/primitives.ts";

/** The number of a suite on the wire. There is no classical-only and no null suite (HS-1.5). */
export type Suite = 0x0001 | 0x0002;

/** What seals the records of a suite (handshake.md §2). */
export const suites: Readonly<Record<Suite, AeadAlgorithm>> = {
  1: "aes-256-gcm",
  2: "chacha20-poly1305",
};

/** What a client offers, and a gateway has, unless told otherwise; preferred first. */
export const defaultSuites: readonly Suite[] = [0x0001, 0x0002];
