import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ChannelSealer } from "../src/channel-records/channel-sealer.ts";
import { historyKek } from "../src/history/history-keys.ts";
import { HistoryWriter } from "../src/history/history-writer.ts";
import { SecretBytes } from "../src/secret-bytes.ts";
import { RecordSealer } from "../src/session-records/record-sealer.ts";
import { NonceRecorder } from "./nonce-recorder.ts";
import { secretOf } from "./session-records/direction.ts";

const content = Uint8Array.of(1);
const channels = ["tea", "coffee"] as const;

/** What may happen to one process of a fleet, and to one of its channels. */
interface Act {
  readonly kind: (typeof kinds)[number];
  readonly process: number;
  readonly channel: number;
}

const kinds = [
  "deliver",
  "publish",
  "join",
  "leave",
  "kick",
  "send",
  "handshake",
  "connect",
  "restart",
  "lost",
  "wait",
] as const;

const acts: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(...kinds),
  process: fc.nat(1),
  channel: fc.nat(1),
});

/** One life of a gateway process: what it seals for one client, for its channels, and for the engine. */
class GatewayProcess {
  readonly #recorder: NonceRecorder;
  readonly #now: () => number;
  readonly #writer: HistoryWriter<"sync">;
  readonly #channels: readonly ChannelSealer<"sync">[];
  #sealers: readonly RecordSealer<"sync">[] = [];

  constructor(recorder: NonceRecorder, now: () => number) {
    this.#recorder = recorder;
    this.#now = now;
    const { primitives } = recorder;
    this.#writer = new HistoryWriter({ primitives, maxItems: 5 });
    const signer = primitives.ed25519.signer(secretOf(5));
    this.#channels = channels.map((channel) => {
      const limits = { freshAfterSteps: 3, freshAfterRecords: 7, freshAfterMs: 1_000 };
      const channelHash = primitives.sha256(new TextEncoder().encode(channel));
      return new ChannelSealer({ primitives, signer, channelHash, now, limits });
    });
    this.connect();
  }

  connect(): void {
    const limits = { updateAfterRecords: 4, updateAfterMs: 1_000, maxPlaintextBytes: 128 };
    this.#sealers = (["client", "gateway"] as const).map((side) => {
      const { primitives } = this.#recorder;
      return new RecordSealer({
        primitives,
        algorithm: "aes-256-gcm",
        side,
        secret: this.#secret(),
        now: this.#now,
        limits,
      });
    });
  }

  handshake(): void {
    for (const sealer of this.#sealers) sealer.switchTo(this.#secret());
  }

  send(): void {
    for (const sealer of this.#sealers) sealer.seal("data", new Uint8Array(200));
  }

  deliver(channel: number): void {
    this.#channels[channel]?.seal(content);
  }

  mark(channel: number, kind: "join" | "leave" | "kick"): void {
    if (kind === "join") this.#channels[channel]?.memberJoined();
    else if (kind === "leave") this.#channels[channel]?.memberLeft(2);
    else this.#channels[channel]?.memberExpelled();
  }

  /** All processes have the KEK of the day, which is the point. */
  publish(channel: number): void {
    const place = { tenant: "t", channel: channels[channel] ?? "", stream: "s" };
    const kek = historyKek(this.#recorder.primitives, secretOf(9));
    this.#writer.seal({ kek, place, content });
  }

  lost(): void {
    this.#writer.renew();
  }

  #secret(): SecretBytes {
    return SecretBytes.take(this.#recorder.primitives.randomBytes(32));
  }
}

/** Two processes of a fleet, and their whole story. */
function play(story: readonly Act[], recorder: NonceRecorder): void {
  let nowMs = 0;
  const now = (): number => nowMs;
  const fleet = [new GatewayProcess(recorder, now), new GatewayProcess(recorder, now)];
  for (const { kind, process, channel } of story) {
    const one = fleet[process] as GatewayProcess;
    if (kind === "wait") nowMs += 300;
    else if (kind === "restart") fleet[process] = new GatewayProcess(recorder, now);
    else if (kind === "join" || kind === "leave" || kind === "kick") one.mark(channel, kind);
    else one[kind](channel);
  }
}

describe("no nonce is used twice with one key", () => {
  test("across rekeys, steps, epochs, restarts and processes, whatever happens (SR-4, RK-1, HR-1)", (t) => {
    const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
    t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
    let sealed = 0;
    fc.assert(
      fc.property(fc.array(acts, { minLength: 20, maxLength: 120 }), (story) => {
        const recorder = new NonceRecorder();
        play(story, recorder);
        sealed += recorder.count;
        assert.deepEqual(recorder.repeated, []);
      }),
      { seed, numRuns: 100 },
    );
    assert.ok(sealed > 1_000, `${sealed} pairs were looked at`);
  });

  test("the recorder catches a counter that was restored: a process that starts again with the same randomness", () => {
    const recorder = new NonceRecorder((length) => new Uint8Array(length).fill(7));
    const story: readonly Act[] = [
      { kind: "deliver", process: 0, channel: 0 },
      { kind: "restart", process: 0, channel: 0 },
      { kind: "deliver", process: 0, channel: 0 },
    ];
    play(story, recorder);
    assert.equal(recorder.repeated.length, 1);
  });

  test("the recorder catches a history counter that was restored with its writer", () => {
    const recorder = new NonceRecorder((length) => new Uint8Array(length).fill(7));
    play(
      [0, 1].map((process) => ({ kind: "publish", process, channel: 0 })),
      recorder,
    );
    assert.equal(recorder.repeated.length, 1);
  });

  test("the recorder catches two sessions that were given one secret", () => {
    const recorder = new NonceRecorder();
    const { primitives } = recorder;
    for (const side of ["client", "gateway"] as const) {
      const options = { primitives, algorithm: "aes-256-gcm", side, secret: secretOf(1), now: () => 0 } as const;
      new RecordSealer(options).seal("data", content);
    }
    assert.equal(recorder.repeated.length, 1);
  });
});
