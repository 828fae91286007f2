import type { Cluster } from "../../src/cluster.ts";
import type { BrokerUnderTest } from "../broker-suite/broker-under-test.ts";
import { brokerSuite } from "../broker-suite.ts";
import { budgetsSuite } from "../budgets-suite.ts";
import { presenceSuite } from "../presence-suite.ts";
import { revocationsSuite } from "../revocations-suite.ts";
import { SetClock, StoreFile } from "./store-file.ts";

/** A cluster on a new file, in a time of its own. */
class Room {
  readonly #store = new StoreFile();
  readonly #clock = new SetClock();
  cluster: Cluster | undefined;

  async open(): Promise<Cluster> {
    this.cluster = await this.#store.open({ clock: this.#clock, onListenerError: () => undefined });
    return this.cluster;
  }

  async advance(ms: number): Promise<void> {
    this.#clock.advance(ms);
  }

  async close(): Promise<void> {
    await this.cluster?.close();
    this.#store[Symbol.dispose]();
  }
}

/** Each takes a thread and a file, so there are fewer than for memory; reopening comes on top. */
const modelRuns = 40;

async function openBroker(): Promise<BrokerUnderTest> {
  const room = new Room();
  let { broker } = await room.open();
  return {
    get broker() {
      return broker;
    },
    advance: (ms) => room.advance(ms),
    reopen: async () => {
      await room.cluster?.close();
      ({ broker } = await room.open());
    },
    close: () => room.close(),
  };
}

async function openCluster(): Promise<Cluster & { advance(ms: number): Promise<void> }> {
  const room = new Room();
  return { ...(await room.open()), advance: (ms) => room.advance(ms), close: () => room.close() };
}

brokerSuite("sqlite", openBroker, modelRuns);
presenceSuite("sqlite", openCluster);
revocationsSuite("sqlite", openCluster);
budgetsSuite("sqlite", openCluster);
