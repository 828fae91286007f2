import assert from "node:assert/strict";
import type { RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { SeededRandom } from "../../attacks/fuzz/seeded-random.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import type { Delivery } from "./delivery.ts";
import { describeServerFrames } from "./server-frames.ts";

/** Opens a connection to the echo under test, before its opening handshake. */
export type Connect = () => Promise<RawClient>;

/**
 * Plays one case on a connection of its own and holds everything that came back against what the case expects.
 * @throws AssertionError with both lists of frames
 */
export async function judge(
  connect: Connect,
  played: ConformanceCase,
  delivery: Delivery,
  seed: number,
): Promise<void> {
  await using client = await connect();
  await client.open(["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]);
  // A server that neither answers nor closes is cut off, and the comparison below says what is missing.
  client.socket.setTimeout(silenceMs, () => client.socket.destroy());
  for (const slice of delivery.cut(played.bytes, new SeededRandom(seed))) {
    if (!client.socket.writable) break;
    await new Promise((written) => client.socket.write(slice, written));
  }
  const answers = describeServerFrames(await client.readToEnd());
  assert.deepEqual(answers, played.answers, `${played.name}, sent ${delivery.name}`);
}

const silenceMs = 4_000;
