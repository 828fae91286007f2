import assert from "node:assert/strict";
import { test } from "node:test";
import { defineContract, type WhenSlow } from "@wardwire/contract";
import type { GatewayFrame, Position } from "@wardwire/wire/frames";
import fc from "fast-check";
import { LossyEngine } from "../channels/lossy-engine.ts";
import { contract, GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";

const channel = "lobby";
const params = { roomId: "tea" };
const key = `${channel} ${JSON.stringify(params)}`;
/** What a socket that is behind holds. */
const behind = 300_000;
const lasting = { messageBurst: 10_000, messageBurstPerDevice: 10_000, joinBurst: 1_000, heartbeatMs: 100_000_000 };

/** The contract of the tests, whose lobby keeps five messages, with one treatment of slow readers or another. */
function lobbyWith(whenSlow: WhenSlow): typeof contract {
  const { definition } = contract;
  const lobby = { ...definition.channels.lobby, whenSlow };
  return defineContract({ ...definition, channels: { ...definition.channels, lobby } });
}

/** How often readers were told what; a run in which nothing is lost shows nothing. */
type Told = Record<
  "messages" | "recovered" | "not recovered" | "position-lost" | "messages-dropped" | "too slow",
  number
>;

/**
 * One reader and the promise it was made: within a stream the next message is the next offset, or a notice or a failed
 * recovery has said that those in between are lost; and what it is given is what was published there.
 */
class Reader {
  socket: PaperSocket;
  position: Position | undefined;
  readonly #published: ReadonlyMap<string, string>;
  readonly #told: Told;

  constructor(socket: PaperSocket, published: ReadonlyMap<string, string>, told: Told) {
    this.socket = socket;
    this.#published = published;
    this.#told = told;
  }

  async listen(): Promise<void> {
    for (const frame of await this.socket.drain()) this.#check(frame);
  }

  #check(frame: GatewayFrame): void {
    if (frame.type === "joined") {
      const { messages = [], position, recovered } = frame;
      if (recovered !== undefined) this.#told[recovered ? "recovered" : "not recovered"] += 1;
      if (recovered !== true) assert.deepEqual(messages, [], "never a part");
      for (const message of messages) this.#take(message.offset, message.data);
      if (recovered === true) assert.deepEqual(this.position, position, "recovered is whole");
      this.position = position;
    } else if (frame.type === "message") {
      this.#take(frame.offset, frame.data);
    } else if (frame.type === "notice" && frame.code === "position-lost") {
      this.#told["position-lost"] += 1;
      this.position = { stream: String(frame["stream"]), offset: Number(frame["offset"]) };
    } else if (frame.type === "notice" && frame.code === "messages-dropped") {
      this.#told["messages-dropped"] += 1;
      const { stream, offset } = this.position as Position;
      assert.equal(frame["from"], offset + 1, "a range begins where the reader is");
      this.position = { stream, offset: Number(frame["to"]) };
    }
  }

  #take(offset: number, data: unknown): void {
    const { stream, offset: last } = this.position as Position;
    assert.equal(offset, last + 1, `message ${offset} after ${last}: a loss nobody was told of`);
    assert.deepEqual(data, { text: this.#published.get(`${stream} ${offset}`) });
    this.position = { stream, offset };
    this.#told.messages += 1;
  }
}

/** Publishes to the engine, and knows what has been published where. */
class Publisher {
  readonly published = new Map<string, string>();
  readonly #engine: LossyEngine;
  #last: { readonly name: string; readonly text: string; readonly place: string } | undefined;

  constructor(engine: LossyEngine) {
    this.#engine = engine;
  }

  async publish(name: string, text: string): Promise<void> {
    const { stream, offset } = await this.#engine.position(key);
    const isRetry = name === this.#last?.name && this.#last.place.startsWith(stream);
    const expected = isRetry ? this.#last?.place : `${stream} ${offset + 1}`;
    // Known before anybody is sent it.
    if (!isRetry) this.published.set(`${expected}`, text);
    const bytes = Buffer.from(JSON.stringify({ message: "m", at: 0, data: { text } }));
    const history = { messages: 5, bytes: 1_000_000, ttlMs: 60_000 };
    const { position, duplicate } = await this.#engine.publish({ channel: key, bytes, history, idempotencyKey: name });
    const place = `${position.stream} ${position.offset}`;
    assert.deepEqual([duplicate, place], [isRetry, expected]);
    this.#last = { name, text, place };
  }

  async retry(): Promise<void> {
    if (this.#last !== undefined) await this.publish(this.#last.name, this.#last.text);
  }
}

/** What may happen; `count` says how often, or to which reader. */
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("publish"), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("reconnect", "retry"), count: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("stall", "read on"), count: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("lose items", "deliver again"), count: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("lose the store", "look"), count: fc.constant(0) }) },
);

/** A gateway, its engine, and readers that come back whenever they are closed. */
class Schedule {
  readonly #engine = new LossyEngine();
  readonly #publisher = new Publisher(this.#engine);
  readonly #gateway: GatewayOnPaper;
  readonly #told: Told;
  readonly #readers: Reader[] = [];

  constructor(whenSlow: WhenSlow, told: Told) {
    const limits = { ...lasting, maxOutboundMessages: 12 };
    this.#gateway = new GatewayOnPaper({ contract: lobbyWith(whenSlow), cluster: this.#engine, limits });
    this.#told = told;
  }

  async begin(): Promise<void> {
    for (const user of ["alice", "bob", "carol"]) {
      const reader = new Reader(await this.#gateway.connect(user), this.#publisher.published, this.#told);
      reader.socket.send({ type: "join", id: 2, channel, params });
      this.#readers.push(reader);
    }
    await this.#listen();
  }

  async play({ do: what, count }: { readonly do: string; readonly count: number }, index: number): Promise<void> {
    const reader = this.#readers[count % this.#readers.length] as Reader;
    if (what === "publish") {
      for (let each = 0; each < count; each += 1)
        await this.#publisher.publish(`k${index}.${each}`, `${index}.${each}`);
    } else if (what === "retry") await this.#publisher.retry();
    else if (what === "reconnect") reader.socket.close(1006, "");
    else if (what === "stall") reader.socket.bufferedBytes = behind;
    else if (what === "read on") readOn(reader.socket);
    else if (what === "lose the store") await this.#engine.lose();
    else if (what === "look") this.#gateway.clock.pass(7_500);
    else this.#engine.delivers = what === "deliver again";
    await this.#listen();
  }

  /** Everybody reads on, and the gateway looks at its channels: then nobody is behind. */
  async end(): Promise<void> {
    for (const { socket } of this.#readers) readOn(socket);
    for (let look = 0; look < 3; look += 1) await this.play({ do: "look", count: 0 }, 0);
    const newest = await this.#engine.position(key);
    for (const { position } of this.#readers) assert.deepEqual(position, newest);
  }

  async #listen(): Promise<void> {
    for (const reader of this.#readers) {
      await reader.listen();
      const code = reader.socket.closeCode();
      if (code === undefined) continue;
      if (code === 1013) this.#told["too slow"] += 1;
      reader.socket = await this.#gateway.connect("dave");
      reader.socket.send({ type: "join", id: 2, channel, params, ...(reader.position && { since: reader.position }) });
      await reader.listen();
    }
  }
}

test("whatever the engine loses and whoever reads slowly or comes and goes, every reader gets each message once, in order, or is told", async (t) => {
  const seed = Date.now() % 2 ** 31;
  const told: Told = {
    messages: 0,
    recovered: 0,
    "not recovered": 0,
    "position-lost": 0,
    "messages-dropped": 0,
    "too slow": 0,
  };
  const whenSlow = fc.constantFrom<WhenSlow>("disconnect", "drop-oldest", "keep-latest");
  const events = fc.array(event, { minLength: 20, maxLength: 50 });
  const schedules = fc.asyncProperty(whenSlow, events, async (treatment, what) => {
    const schedule = new Schedule(treatment, told);
    await schedule.begin();
    for (const [index, each] of what.entries()) await schedule.play(each, index);
    await schedule.end();
  });
  t.diagnostic(`seed ${seed}`);
  await fc.assert(schedules, { seed, numRuns: 150 });
  t.diagnostic(JSON.stringify(told));
  for (const [what, times] of Object.entries(told)) assert.ok(times > 0, `${what} has never happened`);
});

function readOn(socket: PaperSocket): void {
  socket.bufferedBytes = 0;
  socket.events?.drained();
}
