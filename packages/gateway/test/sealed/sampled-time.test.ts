import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SampledTime } from "../../src/sealed/sampled-time.ts";
import { sealedClient, sealedGateway } from "../support/sealed-client.ts";

describe("the time of short work", () => {
  test("is measured once in 64 times, in seconds, and the clock is read for that only", () => {
    const measured: number[] = [];
    let readings = 0;
    const now = (): number => {
      readings += 1;
      return readings * 250;
    };
    const times = new SampledTime(now, (seconds) => measured.push(seconds));
    for (let index = 0; index < 128; index += 1) times.end(times.begin());
    assert.deepEqual(measured, [0.25, 0.25]);
    assert.equal(readings, 4);
  });

  test("of records stands in the metrics, beside sessions, handshakes and failures (R55)", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    const bob = await sealedClient(sealed, "bob");
    const [connection] = sealed.gateway.core.connections.ofUser("alice");
    const { sealing } = sealed.gateway.core;
    for (let index = 0; index < 64; index += 1) connection?.admission.sealed?.sendPositions(new Uint8Array(2));
    await alice.rehandshake(sealed.keys);
    bob.socket.deliver(Buffer.from("x"));
    const text = await sealed.gateway.core.metrics.text({
      openConnections: 0,
      unauthenticatedConnections: 0,
      channels: 0,
      outboundBytes: 0,
      incompleteBytes: 0,
      forgottenSubjects: 0,
      suppressedSignals: 0,
      sealedSessions: sealing?.openSessions.size ?? -1,
    });
    for (const line of [
      'sealed_handshakes_total{suite="1"} 2',
      'sealed_failures_total{kind="session"} 1',
      'sealed_rekeys_total{how="handshake"} 1',
      'sealed_records_timed_total{work="seal"} 1',
      "sealed_sessions_open 1",
    ]) {
      assert.ok(text.split("\n").includes(`wardwire_${line}`), `${line}\n${text}`);
    }
  });
});
