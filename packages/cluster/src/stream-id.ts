/** 96 bits: two streams of a channel never share an id by chance. */
const streamIdBytes = 12;

/** A new stream's id from so many unpredictable bytes. */
export function newStreamId(random: (length: number) => Uint8Array): string {
  return `s_${Buffer.from(random(streamIdBytes)).toString("base64url")}`;
}
