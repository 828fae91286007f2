import { afterEach, beforeEach, describe, test } from "node:test";
import { badInputTests } from "./broker-suite/bad-input.ts";
import type { BrokerUnderTest } from "./broker-suite/broker-under-test.ts";
import { historyTests } from "./broker-suite/history.ts";
import { idempotencyTests } from "./broker-suite/idempotency.ts";
import { listenerTests } from "./broker-suite/listeners.ts";
import { behavesLikeTheModel } from "./broker-suite/model.ts";
import { publishingTests } from "./broker-suite/publishing.ts";

/**
 * The promises of `broker.ts` as tests; every engine passes them. `open` gives an empty broker with default bounds, and
 * is asked for one by each of `modelRuns` random sequences.
 */
export function brokerSuite(name: string, open: () => Promise<BrokerUnderTest>, modelRuns: number): void {
  describe(`${name} broker`, () => {
    let room: BrokerUnderTest;
    beforeEach(async () => {
      room = await open();
    });
    afterEach(() => room.close());

    describe("publishing and subscribing", () => publishingTests(() => room));
    describe("listeners that do more than listen", () => listenerTests(() => room));
    describe("history", () => historyTests(() => room));
    describe("idempotency keys", () => idempotencyTests(() => room));
    describe("bad input", () => badInputTests(() => room));
  });
  test(`${name} broker: any sequence of operations gives what a simple model gives`, (t) =>
    behavesLikeTheModel(t, open, modelRuns));
}
