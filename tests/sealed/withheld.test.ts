import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { channelRecordType } from "@wardwire/crypto/channel-records/channel-header";
import { phase } from "../end-to-end/fixtures/demo-client.ts";
import { LoggedClient } from "../faults/system/logged-client.ts";
import type { Tampering } from "./proxy/man-in-the-middle.ts";
import type { Carried } from "./proxy/message-reader.ts";
import { heartbeatMs, joinLogged, startLoggedSystem, startUnsealedSystem } from "./system/logged-room.ts";

/** The last that may be noticed; a beat is late on a machine that is busy. */
const withinMs = 2 * heartbeatMs + 1_000;
const opcodeOfPing = 9;

/** What a proxy withholds of a channel that falls quiet, by direction, and the error that shows it. */
const withholdings: readonly (readonly [
  what: string,
  code: string,
  isWithheld: (message: Carried, up: boolean) => boolean,
])[] = [
  [
    "the records of the channel and nothing else",
    "session-failed",
    ({ payload }, up) => !up && payload[0] === channelRecordType,
  ],
  [
    "all that comes from the gateway but its pings",
    "heartbeat-lost",
    ({ opcode }, up) => !up && opcode !== opcodeOfPing,
  ],
  ["all that comes from the client", "closed-by-gateway", (_message, up) => up],
];

describe("a proxy that withholds the end of a quiet channel", { concurrency: true, timeout: 60_000 }, () => {
  for (const [what, code, isWithheld] of withholdings) {
    test(`namely ${what}, is noticed within two beats (RK-5.1, SR-3, WP-BEAT-2)`, async (t) => {
      await using system = await startLoggedSystem();
      const valve = valveOf(isWithheld);
      system.proxy.tamperWith((connection) => (connection === 1 ? valve.tampering : {}));
      await using alice = await joinLogged(system, "alice", "tea");
      await alice.publish("before");
      await alice.received("before");
      valve.isShut = true;
      await system.gateway.publish("log", { id: "tea" }, { send: "last", filling: "" });
      const publishedAt = performance.now();
      const { reason } = await phase(alice.client, "waiting");
      const noticedMs = performance.now() - publishedAt;
      t.diagnostic(`noticed after ${noticedMs.toFixed(0)} ms, target ${withinMs} ms`);
      assert.equal(reason.code, code);
      assert.ok(noticedMs <= withinMs, `noticed after ${noticedMs} ms`);
      await alice.received("last");
      assert.equal(alice.count("gap"), 0);
      assert.deepEqual(system.failures, []);
    });
  }

  test("is not noticed where the channel is not sealed (negative control)", async () => {
    await using system = await startUnsealedSystem();
    const valve = valveOf(({ payload }, up) => !up && payload.includes('"type":"message"'));
    system.proxy.tamperWith(() => valve.tampering);
    await using alice = await LoggedClient.join(system, "alice", { channel: "log", id: "tea" });
    await alice.publish("before");
    await alice.received("before");
    valve.isShut = true;
    await system.gateway.publish("log", { id: "tea" }, { send: "last", filling: "" });
    await delay(withinMs);
    assert.equal(alice.client.state.phase, "connected");
    assert.equal(alice.receivedAt("last"), undefined);
  });
});

/** Carries everything until it is shut. */
function valveOf(isWithheld: (message: Carried, up: boolean) => boolean): {
  isShut: boolean;
  readonly tampering: Tampering;
} {
  const valve = {
    isShut: false,
    tampering: {
      carry(message, way) {
        if (!valve.isShut || !isWithheld(message, way.direction === "up")) way.forward(message);
      },
    } satisfies Tampering,
  };
  return valve;
}
