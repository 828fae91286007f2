import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import { describe, type TestContext, test } from "node:test";
import { clientFrame, opcodes, type RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { guardedTarget, openAuthenticated, openSession } from "../fixtures/target.ts";
import { timerForEveryMessage } from "../fixtures/weak/timer-for-every-message.ts";

const messages = 5_000;
/** What a burst of reads may hold for a moment; far below one for each message. */
const maxMore = 300;

const text = (payload: string) => clientFrame({ opcode: opcodes.text, payload });
const ping = clientFrame({ opcode: opcodes.ping });
const publish = text('{"type":"publish","channel":1,"data":{"text":"hello"}}');

/** Sends publishes, and waits for the pong of a ping behind them. */
async function flood(client: RawClient): Promise<void> {
  client.write(Buffer.concat(Array.from({ length: messages }, () => publish)), ping);
  while ((await client.readFrame()).opcode !== opcodes.pong);
}

interface Held {
  readonly handlesAndTimers: number;
  readonly pendingPromises: number;
}

/** The most this process held more during `work` than before it. */
async function mostHeldDuring(work: () => Promise<void>): Promise<Held> {
  const pending = new Set<number>();
  let mostPromises = 0;
  const hook = createHook({
    init(id, type) {
      if (type === "PROMISE") pending.add(id);
      mostPromises = Math.max(mostPromises, pending.size);
    },
    promiseResolve: (id) => pending.delete(id),
    destroy: (id) => pending.delete(id),
  }).enable();
  const before = process.getActiveResourcesInfo().length;
  let most = before;
  const sample = setInterval(() => {
    most = Math.max(most, process.getActiveResourcesInfo().length);
  }, 1);
  await work();
  most = Math.max(most, process.getActiveResourcesInfo().length);
  clearInterval(sample);
  hook.disable();
  return { handlesAndTimers: most - before, pendingPromises: mostPromises };
}

function report(t: TestContext, { handlesAndTimers, pendingPromises }: Held): void {
  t.diagnostic(
    `${messages} messages: ${handlesAndTimers} handles and timers more, ${pendingPromises} promises pending`,
  );
}

describe("attack 20: resources made for every message", { timeout: 30_000 }, () => {
  test("attack 20: a flood of messages leaves handles, timers and promises flat (Mesop, R27)", async (t) => {
    await using target = await guardedTarget({ messagesPerSecond: 1e6, messageBurst: 1e6 }, "plain", { dryRun: true });
    await using client = await openAuthenticated(target.port);
    client.write(text('{"type":"join","id":2,"channel":"lobby","params":{"roomId":"tea"}}'));
    const joined = JSON.parse((await client.readFrame()).payload.toString());
    assert.deepEqual([joined.type, joined.channel], ["joined", 1]);
    const held = await mostHeldDuring(() => flood(client));
    report(t, held);
    assert.ok(held.handlesAndTimers < maxMore, `${held.handlesAndTimers}`);
    assert.ok(held.pendingPromises < maxMore, `${held.pendingPromises}`);
  });

  test("negative control: a server with a timer for every message holds thousands", async (t) => {
    await using target = await timerForEveryMessage();
    await using client = await openSession(target.port);
    const held = await mostHeldDuring(() => flood(client));
    report(t, held);
    assert.ok(held.handlesAndTimers >= messages, `${held.handlesAndTimers}`);
    assert.ok(held.pendingPromises >= messages, `${held.pendingPromises}`);
  });
});
