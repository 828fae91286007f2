import { setTimeout as delay } from "node:timers/promises";
import { connectDemo, type DemoClient } from "../../end-to-end/fixtures/demo-client.ts";
import { LostTime } from "./lost-time.ts";

/** Where a crowd gathers. */
export interface CrowdPlace {
  readonly port: number;
  /** PEM of the authority its certificate comes from. */
  readonly ca: string;
  readonly crowdTokens: readonly string[];
  /** Its pin, where the crowd is to come over sealed connections, to sealed rooms. */
  readonly serverKey?: string;
}

/** What the crowd felt for a while. */
export interface Measurement {
  readonly published: number;
  /** Messages that should have reached another member and did not within five seconds of the last. */
  readonly lost: number;
  /** During which the machine let the measuring process not run. */
  readonly lostMs: number;
  /** The share of receipts that were not held up by that; the latencies are theirs. */
  readonly undelayed: number;
  /** From a publish to its receipt by another member. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const roomSize = 10;
const joiningAtOnce = 10;
/** Between two publishes of the crowd: 200 members then publish once in two seconds each. */
const publishEveryMs = 10;
const lossDeadlineMs = 5_000;

/**
 * The legitimate clients of one gateway: ours, in rooms of ten, all of them from one address as behind an office's
 * router. `await using` closes them.
 */
export class Crowd implements AsyncDisposable {
  /** What went wrong for a client: its connection, its channel or a publish. Nothing may. */
  readonly mishaps: string[] = [];
  readonly #members: Member[] = [];
  /** When each message was published; its text is its index. */
  readonly #publishedAt: number[] = [];
  #receipts: Receipt[] = [];

  /** One client for each token; they do not come back once they have lost their connection. */
  static async gather({ port, ca, crowdTokens, serverKey }: CrowdPlace): Promise<Crowd> {
    const crowd = new Crowd();
    const endpoint = { socket: `wss://127.0.0.1:${port}/ws`, ca };
    const tokens = crowdTokens.entries();
    const options = { reconnect: false, ...(serverKey === undefined ? {} : { serverKey }) };
    const channel = serverKey === undefined ? "lobby" : "room";
    const work = async (): Promise<void> => {
      for (const [index, token] of tokens) {
        await crowd.#join(await connectDemo(endpoint, { token, ...options }), channel, index);
      }
    };
    const gathering = await Promise.allSettled(Array.from({ length: joiningAtOnce }, work));
    const failed = gathering.find((one) => one.status === "rejected");
    if (failed === undefined) return crowd;
    await crowd[Symbol.asyncDispose]();
    throw new Error("not everybody could join", { cause: failed.reason });
  }

  /** Publishes for so long, one member after the other, and tells what arrived and when. */
  async measure(durationMs: number): Promise<Measurement> {
    const first = this.#publishedAt.length;
    const startedAt = performance.now();
    this.#receipts = [];
    using time = new LostTime();
    const total = Math.floor(durationMs / publishEveryMs);
    for (let published = 0; published < total; published += 1) {
      await delay(Math.max(0, startedAt + published * publishEveryMs - performance.now()));
      this.#publish(first + published);
    }
    const expected = total * (roomSize - 1);
    const deadline = performance.now() + lossDeadlineMs;
    while (this.#receipts.length < expected && performance.now() < deadline) await delay(20);
    const undelayed = this.#receipts.filter((receipt) => !time.heldUp(receipt));
    return {
      published: total,
      lost: expected - this.#receipts.length,
      lostMs: time.lostMs,
      undelayed: undelayed.length / this.#receipts.length,
      ...percentiles(undelayed.map(({ from, to }) => to - from)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ client }) => client.close()));
  }

  async #join(client: DemoClient, channel: "lobby" | "room", index: number): Promise<void> {
    const room = await joinRoom(client, channel, `office-${Math.floor(index / roomSize)}`);
    this.#members.push({ client, room });
    client.addEventListener("state", ({ detail }) => {
      if (detail.phase !== "closed" || detail.reason.code !== "closed")
        this.mishaps.push(`a client is ${detail.phase}`);
    });
    room.addEventListener("gap", () => this.mishaps.push("a gap"));
    void this.#listen(room).catch((error: Error) => this.mishaps.push(error.message));
  }

  async #listen(room: Room): Promise<void> {
    for await (const { data } of room.messages) {
      const publishedAt = this.#publishedAt[Number(data.text)];
      if (publishedAt !== undefined) this.#receipts.push({ from: publishedAt, to: performance.now() });
    }
  }

  #publish(number: number): void {
    const member = this.#members[number % this.#members.length];
    this.#publishedAt.push(performance.now());
    member?.room.publish({ text: String(number) }).catch((error: Error) => this.mishaps.push(error.message));
  }
}

/** When a message was published, and when another member had it. */
interface Receipt {
  readonly from: number;
  readonly to: number;
}

type Room = Awaited<ReturnType<typeof joinRoom>>;

interface Member {
  readonly client: DemoClient;
  readonly room: Room;
}

function joinRoom(client: DemoClient, channel: "lobby" | "room", roomId: string) {
  return client.join(channel, { roomId });
}

function percentiles(latencies: readonly number[]): Pick<Measurement, "p50Ms" | "p99Ms" | "maxMs"> {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
