import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startHandshake } from "../../src/handshake/client-handshake.ts";
import { AwaitingFirstMessage } from "../../src/handshake/gateway-handshake.ts";
import type { EstablishedSession } from "../../src/handshake/key-schedule.ts";
import type { RunningSession } from "../../src/handshake/prologue.ts";
import { type Suite, suites } from "../../src/handshake/suites.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import type { SecretBytes } from "../../src/secret-bytes.ts";
import { RecordOpener } from "../../src/session-records/record-opener.ts";
import { RecordSealer } from "../../src/session-records/record-sealer.ts";
import type { Side } from "../../src/session-records/record-types.ts";
import { clientOptions, gatewayOptions, unlimited } from "../fixtures/handshakes.ts";
import { makeTiers, publishedKeys } from "../fixtures/key-tiers.ts";

const { ring, bundle } = await publishedKeys(await makeTiers());
const content = Uint8Array.of(1, 2, 3);

/** Both ends of a session. */
async function establish(
  offered: readonly Suite[] = [0x0001],
  within: { readonly client?: RunningSession; readonly gateway?: RunningSession } = {},
): Promise<{ readonly client: EstablishedSession; readonly gateway: EstablishedSession }> {
  const inside = within.client === undefined ? {} : { within: within.client };
  const { message, awaiting } = await startHandshake(clientOptions(bundle, { suites: offered, ...inside }));
  const answer = await new AwaitingFirstMessage(gatewayOptions(ring), unlimited, within.gateway).receive(message);
  return { client: await awaiting.receive(answer.message), gateway: answer.session };
}

function sealerOf(session: EstablishedSession, side: Side): RecordSealer<"sync"> {
  return new RecordSealer({ ...endOf(session), side, secret: trafficOf(session, side) });
}

function openerOf(session: EstablishedSession, from: Side): RecordOpener<"sync"> {
  return new RecordOpener({ ...endOf(session), from, secret: trafficOf(session, from) });
}

function endOf({ suite }: EstablishedSession) {
  return { primitives: nodePrimitives, algorithm: suites[suite], now: () => 0 };
}

function trafficOf(session: EstablishedSession, side: Side): SecretBytes {
  return side === "client" ? session.clientTraffic : session.gatewayTraffic;
}

describe("the session of a handshake", () => {
  for (const suite of [0x0001, 0x0002] as const) {
    test(`carries records both ways under suite ${suite} (SR-0.2)`, async () => {
      const { client, gateway } = await establish([suite]);
      const ends = [
        [sealerOf(client, "client"), openerOf(gateway, "client")],
        [sealerOf(gateway, "gateway"), openerOf(client, "gateway")],
      ] as const;
      for (const [sealer, opener] of ends) {
        const [record] = sealer.seal("data", content);
        assert.deepEqual(opener.open(record as Uint8Array), { type: "data", content });
      }
    });
  }

  test("opens no record of another connection to the same gateway, and none sent back (SR-0.2)", async () => {
    const [one, other] = [await establish(), await establish()];
    const [record] = sealerOf(one.client, "client").seal("data", content);
    assert.throws(() => openerOf(other.gateway, "client").open(record as Uint8Array), { code: "session" });
    assert.throws(() => openerOf(one.client, "gateway").open(record as Uint8Array), { code: "session" });
    assert.ok(openerOf(one.gateway, "client").open(record as Uint8Array));
  });

  test("goes on under the keys of a fresh handshake behind SWITCH, and under the old ones no more (SR-5.2)", async () => {
    const old = await establish();
    const fresh = await establish([0x0001], { client: old.client, gateway: old.gateway });
    const [sealer, opener] = [sealerOf(old.client, "client"), openerOf(old.gateway, "client")];
    opener.expectSwitch(fresh.gateway.clientTraffic);
    const [marker, ...others] = sealer.switchTo(fresh.client.clientTraffic);
    assert.equal(others.length, 0);
    assert.deepEqual(opener.open(marker as Uint8Array), { type: "switch" });
    const [record] = sealer.seal("data", content);
    assert.deepEqual(opener.open(record as Uint8Array), { type: "data", content });
  });
});
