import { parseChannelKey, parsePositions, parseSkip } from "@wardwire/crypto/channel-records/channel-announcements";
import { parseCloseContent } from "@wardwire/crypto/session-records/close-content";
import { parseHeader } from "@wardwire/crypto/session-records/record-header";
import { cborCodec } from "@wardwire/wire/cbor";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import { WireError } from "@wardwire/wire/wire-error";

/**
 * What the content of an opened record says, as a value for JSON. Neither keys nor tokens are in it: of AUTH and AUTH_OK only
 * the size is told, and a frame's `token` and `ticket` are left out.
 */
export function describeContent(record: Uint8Array, content: Uint8Array<ArrayBuffer>): unknown {
  const header = parseHeader(record);
  if (header === undefined) return framesOf(content);
  switch (header.type) {
    case "data":
      return header.ends ? framesOf(content) : { contentBytes: content.length };
    case "close":
      return parseCloseContent(content);
    case "heartbeat":
      return positionsOf(content);
    case "channelKey":
      return announcementOf(parseChannelKey(content.slice()));
    case "skip":
      return announcementOf(parseSkip(content.slice()));
    default:
      return { contentBytes: content.length };
  }
}

/** A chunk, which begins anywhere in a frame, is no sequence of its own. */
function framesOf(content: Uint8Array): unknown {
  try {
    const frames = cborCodec.parse(content, clientDecodeLimits);
    return { frames: JSON.parse(JSON.stringify(frames, withoutCredentials)) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { contentBytes: content.length, frames: "not a whole sequence" };
  }
}

function withoutCredentials(name: string, value: unknown): unknown {
  return name === "token" || name === "ticket" ? "(left out)" : value;
}

function positionsOf(content: Uint8Array): unknown {
  const positions = [...(parsePositions(content) ?? [])];
  return positions.map(([channel, { epochId, nextSeq }]) => ({ channel, epoch: hex(epochId), nextSeq }));
}

function announcementOf(parsed: ReturnType<typeof parseChannelKey> | ReturnType<typeof parseSkip>): unknown {
  if (parsed === undefined) return undefined;
  const { epochId, secret, ...rest } = "key" in parsed ? parsed.key : parsed.skip;
  secret.dispose();
  return { channel: parsed.channel, epoch: hex(epochId), ...rest };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
