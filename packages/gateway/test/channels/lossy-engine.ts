import type { Broker, HistoryPage, HistoryQuery, Listener, Publication, Published } from "@wardwire/cluster/broker";
import type { Cluster } from "@wardwire/cluster/cluster";
import { ClusterError } from "@wardwire/cluster/cluster-error";
import { memory } from "@wardwire/cluster/memory";

/** An engine that keeps what it is given but can be told to lose it on the way to the gateway, or altogether. */
export class LossyEngine implements Cluster, Broker {
  /** Whether items reach their subscribers. */
  delivers = true;
  /** Whether history is answered. */
  answers = true;
  /** History is answered once this is resolved. */
  pause: Promise<void> = Promise.resolve();
  #engine = memory();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly broker: Broker = this;

  get presence(): Cluster["presence"] {
    return this.#engine.presence;
  }
  get revocations(): Cluster["revocations"] {
    return this.#engine.revocations;
  }
  get budgets(): Cluster["budgets"] {
    return this.#engine.budgets;
  }

  /** Loses its store: every channel has a new stream from now on. */
  async lose(): Promise<void> {
    this.#engine = memory();
    for (const [channel, listeners] of this.#listeners) {
      for (const listener of listeners) await this.#engine.broker.subscribe(channel, this.#passOn(listener));
    }
  }

  publish(publication: Publication): Promise<Published> {
    return this.#engine.broker.publish(publication);
  }

  async subscribe(channel: string, listener: Listener): ReturnType<Broker["subscribe"]> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    const { position, unsubscribe } = await this.#engine.broker.subscribe(channel, this.#passOn(listener));
    return { position, unsubscribe: () => listeners.delete(listener) && unsubscribe() };
  }

  async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    await this.pause;
    if (!this.answers) throw new ClusterError("unavailable", "the engine does not answer in this test");
    return this.#engine.broker.history(channel, query);
  }

  position(channel: string): ReturnType<Broker["position"]> {
    return this.#engine.broker.position(channel);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  #passOn(listener: Listener): Listener {
    return (item, stream) => {
      if (this.delivers) listener(item, stream);
    };
  }
}
