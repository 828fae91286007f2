import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import { channelRecordType } from "@wardwire/crypto/channel-records/channel-header";
import { recordTypes } from "@wardwire/crypto/session-records/record-types";
import { runSeed, SeededRandom } from "../attacks/fuzz/seeded-random.ts";
import { take } from "../end-to-end/fixtures/demo-client.ts";
import { logContract } from "../faults/system/application.ts";
import type { Direction, ManInTheMiddle } from "./proxy/man-in-the-middle.ts";
import { type LoggedSystem, startLoggedSystem } from "./system/logged-room.ts";

/** The first data messages of each direction by their type, and how many of their bytes are tried unless all are. */
const opening: readonly OpeningMessage[] = [
  { name: "message 1", direction: "up", number: 1, type: 0x01, sampled: 48 },
  { name: "message 2", direction: "down", number: 1, type: 0x02, sampled: 32 },
  { name: "AUTH", direction: "up", number: 2, type: recordTypes.auth, sampled: 16 },
  { name: "AUTH_OK", direction: "down", number: 2, type: recordTypes.authOk, sampled: 16 },
  { name: "the first DATA of the client", direction: "up", number: 3, type: recordTypes.data, sampled: 8 },
  { name: "the first DATA of the gateway", direction: "down", number: 3, type: recordTypes.data, sampled: 8 },
  { name: "the first key of a channel", direction: "down", number: 5, type: recordTypes.channelKey, sampled: 8 },
  { name: "the first channel record", direction: "down", number: 6, type: channelRecordType, sampled: 16 },
];
interface OpeningMessage extends Place {
  readonly name: string;
  readonly type: number;
  readonly sampled: number;
}

interface Place {
  readonly direction: Direction;
  /** From 1. */
  readonly number: number;
}

const isFull = process.env["WARDWIRE_FUZZ"] === "full";
const contract = logContract("sealed");

describe("one flipped bit ends a connection with the one error (HS-1.2, HS-4.2, SR-1.4, RK-3.2)", () => {
  for (const { name, type, sampled, ...place } of opening) {
    test(`in ${isFull ? "any" : "a"} byte of ${name}`, { timeout: 300_000 }, async (t) => {
      const seed = runSeed();
      t.diagnostic(`WARDWIRE_SEED=${seed}`);
      const random = new SeededRandom(seed);
      await using system = await startLoggedSystem(unhurried);
      const length = await lengthOf(system, place, type);
      const bytes = isFull
        ? Array.from({ length }, (_, at) => at)
        : Array.from({ length: sampled }, () => random.between(0, length - 1));
      for (const at of bytes) {
        const bit = 1 << random.between(0, 7);
        flipIn(system.proxy, { ...place, at, bit });
        const code = await tellShortStory(system).then(
          () => "none",
          (error) => error.code,
        );
        assert.ok(errors.has(code), `bit ${bit} of byte ${at}: ${code}`);
      }
      assert.deepEqual(system.failures, []);
    });
  }
});

/** The error of a session that failed, and what a request says that was under way. */
const errors: ReadonlySet<string> = new Set(["session-failed", "truncated", "disconnected"]);

/** Handshakes follow each other faster here than those of any address. */
const unhurried = { sealedHandshakesPerSecondPerIp: 100_000, sealedHandshakeBurstPerIp: 100_000, kemPercent: 100 };

/** Connects, joins and publishes, once; rejects when any of it fails. */
async function tellShortStory(system: LoggedSystem): Promise<void> {
  const client = await connect(system.proxy.socket, {
    contract,
    socket: nodeSocket({ ca: system.ca }),
    token: await system.token(crypto.randomUUID()),
    serverKey: system.serverKey,
    reconnect: false,
  });
  try {
    const channel = await client.join("log", { id: "tea" }, { own: true });
    const published = channel.publish({ send: "one", filling: "" });
    await Promise.all([published, take(1, channel.messages[Symbol.asyncIterator]())]);
  } finally {
    await client.close();
  }
}

/** How long a message of the opening is when nobody changes it. */
async function lengthOf(system: LoggedSystem, { direction, number }: Place, type: number): Promise<number> {
  let found: Uint8Array = new Uint8Array(0);
  system.proxy.tamperWith(() => ({
    carry(message, way) {
      if (way.direction === direction && way.number === number && message.opcode <= 2) found = message.payload;
      way.forward(message);
    },
  }));
  await tellShortStory(system);
  assert.equal(found[0], type, "negative control: unchanged, the story goes on to its end");
  return found.length;
}

interface Flip extends Place {
  readonly at: number;
  /** As a power of two. */
  readonly bit: number;
}

/** In every connection to come. */
function flipIn(proxy: ManInTheMiddle, { direction, number, at, bit }: Flip): void {
  proxy.tamperWith(() => ({
    carry(message, way) {
      const isIt = way.direction === direction && way.number === number && message.opcode <= 2;
      const payload = Buffer.from(message.payload);
      // What a record is long depends on what it says, a little.
      const index = at % payload.length;
      if (isIt) payload[index] = (payload[index] ?? 0) ^ bit;
      way.forward({ ...message, payload });
    },
  }));
}
