import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { backends } from "../primitives/backends.ts";
import {
  type ChannelInputs,
  type ChannelOutput,
  type ChannelRefusal,
  channelInputs,
  openChannel,
  runChannel,
} from "./channel-vectors.ts";
import {
  type HistoryInputs,
  type HistoryOutputs,
  type HistoryRefusal,
  historyInputs,
  readHistory,
  sealHistory,
} from "./history-vectors.ts";
import { openSession, type SessionInputs, type SessionRefusal, sealSession, sessionInputs } from "./session-vectors.ts";

interface VectorFile<Inputs, Outputs, Refusal> {
  readonly vectors: readonly { readonly inputs: Inputs; readonly outputs: Outputs }[];
  readonly refused: readonly Refusal[];
}

const read = (name: string): never =>
  JSON.parse(readFileSync(new URL(`../../../../spec/vectors/${name}.json`, import.meta.url), "utf8")) as never;
const sessions: VectorFile<SessionInputs, readonly string[], SessionRefusal> = read("session-records");
const channels: VectorFile<ChannelInputs, readonly ChannelOutput[], ChannelRefusal> = read("channel-records");
const histories: VectorFile<HistoryInputs, HistoryOutputs, HistoryRefusal> = read("history-items");

test("the files hold every vector there is", () => {
  const inputsOf = (file: VectorFile<unknown, unknown, unknown>) => file.vectors.map(({ inputs }) => inputs);
  assert.deepEqual(inputsOf(sessions), sessionInputs);
  assert.deepEqual(inputsOf(channels), channelInputs);
  assert.deepEqual(inputsOf(histories), historyInputs);
});

for (const primitives of backends) {
  describe(`spec/vectors/session-records.json on ${primitives.backend}`, () => {
    for (const { inputs, outputs } of sessions.vectors) {
      test(`${inputs.name}: sealed to every byte, and opened (SR)`, async () => {
        assert.deepEqual(await sealSession(primitives, inputs), outputs);
        assert.deepEqual(await openSession(primitives, inputs, outputs), inputs.actions);
      });
    }
    for (const { name, opened, record } of sessions.refused) {
      test(`${name} is refused (SR-1.3)`, async () => {
        const { inputs, outputs } = sessions.vectors[0] ?? assert.fail();
        const before = outputs.slice(0, opened);
        await openSession(primitives, inputs, [...before, outputs[opened] ?? ""]);
        await assert.rejects(openSession(primitives, inputs, [...before, record]), { code: "session" });
      });
    }
  });

  describe(`spec/vectors/channel-records.json on ${primitives.backend}`, () => {
    for (const { inputs, outputs } of channels.vectors) {
      test(`${inputs.name}: sealed to every byte, and opened (RK)`, async () => {
        assert.deepEqual(await runChannel(primitives, inputs), outputs);
        const sealed = inputs.actions.flatMap((action) => (action.act === "seal" ? [action.content] : []));
        assert.deepEqual(await openChannel(primitives, inputs, outputs), sealed);
      });
    }
    for (const { name, taken, record } of channels.refused) {
      test(`${name} is refused (RK-3.2)`, async () => {
        const { inputs, outputs } = channels.vectors[0] ?? assert.fail();
        const before = outputs.slice(0, taken);
        const forged: ChannelOutput = { kind: "record", bytes: record };
        await openChannel(primitives, inputs, outputs.slice(0, taken + 1));
        await assert.rejects(openChannel(primitives, inputs, [...before, forged]), { code: "channel" });
      });
    }
  });

  describe(`spec/vectors/history-items.json on ${primitives.backend}`, () => {
    for (const { inputs, outputs } of histories.vectors) {
      test(`${inputs.name}: sealed to every byte, and read (HR)`, async () => {
        assert.deepEqual(await sealHistory(primitives, inputs), outputs);
        for (const [place, stored, contents] of streamsOf(inputs, outputs)) {
          assert.deepEqual(await readHistory(primitives, inputs, JSON.parse(place), stored), contents);
        }
      });
    }
    for (const { name, place, items, readable } of histories.refused) {
      test(`${name} breaks the chain (HR-1.2)`, async () => {
        const { inputs } = histories.vectors[0] ?? assert.fail();
        assert.equal((await readHistory(primitives, inputs, place, items)).length, readable);
      });
    }
  });
}

/** The items and contents of each place of a writer. */
function streamsOf({ actions }: HistoryInputs, { items }: HistoryOutputs) {
  const streams = new Map<string, [items: string[], contents: string[]]>();
  const sealed = actions.flatMap((action) => (action.act === "seal" ? [action] : []));
  for (const [index, { place, content }] of sealed.entries()) {
    const name = JSON.stringify(place);
    const [stored, contents] = streams.get(name) ?? [[], []];
    streams.set(name, [
      [...stored, items[index] ?? ""],
      [...contents, content],
    ]);
  }
  return [...streams].map(([place, [stored, contents]]) => [place, stored, contents] as const);
}
