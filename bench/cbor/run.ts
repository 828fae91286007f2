/**
 * Prints what frames cost to encode and to decode as CBOR, by our codec and by cborg, which was behind it before (ADR 0016).
 * `node --conditions=@wardwire/source bench/cbor/run.ts`
 */
import { cborCodec } from "@wardwire/wire/cbor";
import type { GatewayFrame, HistoryMessage } from "@wardwire/wire/frames";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import { decode, encode } from "cborg";
import { costOf } from "../crypto/stopwatch.ts";

const message: HistoryMessage = {
  offset: 12_345,
  message: "01JD8Z7Q3V9X2M4N5P6R7S8T9W",
  at: 1_763_740_800_123,
  from: { user: "alice", device: "laptop", connection: "c-81f2" },
  data: { text: "Good morning, is the build green again?", mentions: ["bob", "carol"], reply: null, score: 0.75 },
};
const frames: Readonly<Record<string, GatewayFrame>> = {
  "a ping": { type: "ping" },
  "a message": { type: "message", channel: 7, ...message },
  "100 messages": {
    type: "messages",
    id: 3,
    channel: 7,
    position: { stream: "a", offset: 1 },
    messages: Array.from({ length: 100 }, () => message),
  },
  "4 KB of text": { type: "notification", at: 1, data: "lorem ipsum ".repeat(340) },
  "text beyond ASCII": { type: "notification", at: 1, data: "Größe und Übermaß, 你好世界 😀".repeat(5) },
  "200 floats": { type: "notification", at: 1, data: Array.from({ length: 200 }, (_, index) => index * 1.37) },
};

/** Microseconds of an operation. */
async function microsOf(operation: () => unknown): Promise<number> {
  return (await costOf(operation, 20)).micros;
}

console.log("| frame | bytes | encode, µs | cborg | ratio | decode, µs | cborg | ratio |");
console.log("|---|---|---|---|---|---|---|---|");
for (const [name, frame] of Object.entries(frames)) {
  const bytes = cborCodec.encode(frame) as Uint8Array;
  const cells: (string | number)[] = [name, bytes.length];
  for (const [ours, theirs] of [
    [() => cborCodec.encode(frame), () => encode(frame, { ignoreUndefinedProperties: true })],
    [
      () => cborCodec.parse(bytes, clientDecodeLimits),
      () => decode(bytes, { strict: true, allowBigInt: false, rejectDuplicateMapKeys: true }),
    ],
  ] as const) {
    const [micros, before] = [await microsOf(ours), await microsOf(theirs)];
    cells.push(micros.toFixed(2), before.toFixed(2), (before / micros).toFixed(1));
  }
  console.log(`| ${cells.join(" | ")} |`);
}
