import { type Encoding, sealedSubprotocol, subprotocols } from "@wardwire/wire/frames";

/** What the opening handshake settled about the frames; without `subprotocol` the client offered none. */
export interface Negotiated {
  readonly encoding: Encoding;
  readonly subprotocol?: string;
  /** Message 1 comes first (spec/handshake.md). */
  readonly sealed: boolean;
}

/**
 * Takes the first offered subprotocol this gateway speaks (R17, WP-OPEN-3). None offered means JSON; `undefined` when
 * some are offered and none is spoken.
 *
 * @param offered the values of `Sec-WebSocket-Protocol`, as they came.
 * @param servesSealed whether sealed connections are served.
 */
export function negotiate(offered: readonly string[], servesSealed: boolean): Negotiated | undefined {
  const names = offered.flatMap((value) => value.split(",")).map((name) => name.trim());
  if (names.length === 0) return { encoding: "json", sealed: false };
  for (const name of names) {
    if (name === subprotocols.json) return { encoding: "json", subprotocol: name, sealed: false };
    if (name === subprotocols.cbor) return { encoding: "cbor", subprotocol: name, sealed: false };
    if (name === sealedSubprotocol && servesSealed) return { encoding: "cbor", subprotocol: name, sealed: true };
  }
  return undefined;
}
