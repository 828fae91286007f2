import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memory } from "@wardwire/cluster/memory";
import type { Revocations } from "@wardwire/cluster/revocations";
import { encodeRevocation } from "../../src/revocation/revocation.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { GatewayOnPaper } from "../gateway-on-paper.ts";

/** A gateway that is told nothing by its engine, and where it has read from. */
function deafGateway() {
  const engine = memory();
  const reads: number[] = [];
  let { revocations } = engine;
  const deaf: Revocations = {
    append: (bytes, ttlMs) => revocations.append(bytes, ttlMs),
    subscribe: async () => ({ unsubscribe: () => {} }),
    read: (since) => {
      reads.push(since);
      return revocations.read(since);
    },
  };
  const { broker, presence, budgets } = engine;
  const gateway = new GatewayOnPaper({
    cluster: { broker, presence, budgets, revocations: deaf, close: () => engine.close() },
  });
  const revokeElsewhere = (user: string) =>
    revocations.append(encodeRevocation({ target: { user }, untilMs: noonMs + 60_000, by: "another" }), 60_000);
  const loseStore = (): void => {
    revocations = memory().revocations;
  };
  return { gateway, reads, revokeElsewhere, loseStore };
}

const noonMs = new ManualClock().now();

describe("reading what has been revoked (RK-8)", () => {
  test("closes whom it reaches before it ends, and reads on from where it was", async () => {
    const { gateway, reads, revokeElsewhere } = deafGateway();
    const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
    await revokeElsewhere("bob");
    assert.equal(bob.closeCode(), undefined, "nobody has told it");
    await gateway.core.revocations.read();
    assert.deepEqual([alice.closeCode(), bob.closeCode()], [undefined, 4403]);
    await gateway.core.revocations.read();
    assert.deepEqual(reads, [0, 0, 1]);
  });

  test("begins anew with an engine that has lost its store and counts from 1 again", async () => {
    const { gateway, revokeElsewhere, loseStore } = deafGateway();
    const carol = await gateway.connect("carol");
    for (const user of ["one", "two"]) await revokeElsewhere(user);
    await gateway.core.revocations.read();
    loseStore();
    await revokeElsewhere("carol");
    await gateway.core.revocations.read();
    assert.equal(carol.closeCode(), 4403);
  });
});
