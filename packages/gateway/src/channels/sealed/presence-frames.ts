import { cborCodec } from "@wardwire/wire/cbor";
import type { GatewayFrame, PresencePushFrame } from "@wardwire/wire/frames";

/** A frame in CBOR; a `presence` of more than `maxBytes` as several that say the same, as far as it can be divided. */
export function encodedWithin(frame: GatewayFrame, maxBytes: number): readonly Uint8Array[] {
  const bytes = cborCodec.encode(frame) as Uint8Array;
  if (bytes.byteLength <= maxBytes || frame.type !== "presence") return [bytes];
  const halves = halvesOf(frame);
  return halves === undefined ? [bytes] : halves.flatMap((half) => encodedWithin(half, maxBytes));
}

function halvesOf(frame: PresencePushFrame): readonly PresencePushFrame[] | undefined {
  const { joined = [], left = [] } = frame;
  if (joined.length + left.length < 2) return undefined;
  if (joined.length > 0 && left.length > 0) return [withLists(frame, { joined }), withLists(frame, { left })];
  const middle = Math.ceil(Math.max(joined.length, left.length) / 2);
  return joined.length > 0
    ? [withLists(frame, { joined: joined.slice(0, middle) }), withLists(frame, { joined: joined.slice(middle) })]
    : [withLists(frame, { left: left.slice(0, middle) }), withLists(frame, { left: left.slice(middle) })];
}

function withLists(
  { joined: _joined, left: _left, ...rest }: PresencePushFrame,
  lists: Pick<PresencePushFrame, "joined" | "left">,
): PresencePushFrame {
  return { ...rest, ...lists };
}
