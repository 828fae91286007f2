import type {
  Broker,
  HistoryPage,
  HistoryQuery,
  Listener,
  Publication,
  Published,
  StreamItem,
} from "@wardwire/cluster/broker";
import type { Cluster } from "@wardwire/cluster/cluster";
import { memory } from "@wardwire/cluster/memory";

/** An engine that shows all it is given, and can be told to give back something else. */
export class DishonestEngine implements Cluster, Broker {
  /** Every publication it was asked for, in order. */
  readonly publications: Publication[] = [];
  /** What it makes of a history before it gives it out. */
  tamper: (items: readonly StreamItem[]) => readonly StreamItem[] = (items) => items;
  /** What it makes of an item before it delivers it. */
  deliver: (item: StreamItem) => StreamItem = (item) => item;
  /** Has a say in how a publication goes. */
  publishing: (publish: () => Promise<Published>) => Promise<Published> = (publish) => publish();
  readonly #engine = memory();
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

  publish(publication: Publication): Promise<Published> {
    this.publications.push(publication);
    return this.publishing(() => this.#engine.broker.publish(publication));
  }

  subscribe(channel: string, listener: Listener): ReturnType<Broker["subscribe"]> {
    return this.#engine.broker.subscribe(channel, (item, stream) => listener(this.deliver(item), stream));
  }

  async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    const page = await this.#engine.broker.history(channel, query);
    return { ...page, items: this.tamper(page.items) };
  }

  position(channel: string): ReturnType<Broker["position"]> {
    return this.#engine.broker.position(channel);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
