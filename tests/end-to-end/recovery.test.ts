import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "@wardwire/client";
import { defineContract } from "@wardwire/contract";
import { createTestGateway, settle } from "@wardwire/gateway/testing";
import * as v from "valibot";

const room = {
  params: v.object({ roomId: v.string() }),
  message: v.object({ number: v.number() }),
  protection: "transport",
  publish: "members",
} as const;
const contract = defineContract({
  channels: {
    long: { ...room, history: { messages: 5_000, ttlMs: 3_600_000 } },
    latest: { ...room, history: { messages: "latest", ttlMs: 3_600_000 } },
    typing: { ...room, ephemeral: true },
  },
});
const tea = { roomId: "tea" };

/** Frames are history pages here, not a person's. */
const limits = {
  messageBurst: 1_000,
  messagesPerSecond: 1_000,
  messageBurstPerDevice: 1_000,
  messageBurstPerUser: 1_000,
};

for (const [missed, recovered] of [
  [900, true],
  [4_500, true],
  [5_100, false],
] as const) {
  test(`a client that missed ${missed} of at most 5,000 kept messages ${recovered ? "gets every one, once and in order" : "is told of the gap"}`, async () => {
    await using kit = createTestGateway({ contract, limits });
    const options = { ...kit.clientOptions("bob"), contract, limits: { maxQueuedMessages: 10_000 } };
    const bob = await connect(kit.url, options);
    const channel = await bob.join("long", tea);
    const gaps: unknown[] = [];
    channel.addEventListener("gap", ({ detail }) => gaps.push(detail));
    kit.cutConnections();
    await settle();
    for (let number = 1; number <= missed; number += 1) await kit.gateway.publish("long", tea, { number });
    await kit.clock.advance(60_000);
    await settle();
    await kit.gateway.publish("long", tea, { number: missed + 1 });
    await settle();
    await bob.close();
    const numbers: number[] = [];
    for await (const { data } of channel.messages) numbers.push(data.number);
    assert.equal(channel.recovered, recovered);
    assert.equal(gaps.length, recovered ? 0 : 1);
    const all = Array.from({ length: missed + 1 }, (_, index) => index + 1);
    assert.deepEqual(numbers, recovered ? all : [missed + 1]);
  });
}

test("a channel of the latest value gives it to whoever joins or comes back, and tells of no gap", async () => {
  await using kit = createTestGateway({ contract });
  for (const number of [1, 2, 3]) await kit.gateway.publish("latest", tea, { number });
  const bob = await connect(kit.url, { ...kit.clientOptions("bob"), contract });
  const channel = await bob.join("latest", tea);
  channel.addEventListener("gap", () => assert.fail("nothing is lost that is worth anything"));
  kit.cutConnections();
  await settle();
  for (const number of [4, 5, 6]) await kit.gateway.publish("latest", tea, { number });
  await kit.clock.advance(60_000);
  assert.equal(channel.recovered, true);
  await bob.close();
  const numbers: number[] = [];
  for await (const { data, afterGap } of channel.messages) numbers.push(afterGap ? Number.NaN : data.number);
  assert.deepEqual(numbers, [3, 6]);
});

test("ephemeral messages reach who is there and are not kept for who is not", async () => {
  await using kit = createTestGateway({ contract });
  const bob = await connect(kit.url, { ...kit.clientOptions("bob"), contract });
  const channel = await bob.join("typing", tea);
  await kit.gateway.publish("typing", tea, { number: 1 });
  await settle();
  kit.cutConnections();
  await settle();
  await kit.gateway.publish("typing", tea, { number: 2 });
  await kit.clock.advance(60_000);
  await kit.gateway.publish("typing", tea, { number: 3 });
  await settle();
  await bob.close();
  const numbers: number[] = [];
  for await (const { data } of channel.messages) numbers.push(data.number);
  assert.deepEqual(numbers, [1, 3]);
});
