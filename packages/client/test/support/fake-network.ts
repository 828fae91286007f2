import type { NetworkStatus } from "../../src/platform/network-status.ts";

/** A network that the test switches. */
export class FakeNetwork implements NetworkStatus {
  #online: boolean;
  readonly #listeners = new Set<(online: boolean) => void>();

  constructor(online = true) {
    this.#online = online;
  }

  get watchers(): number {
    return this.#listeners.size;
  }

  isOnline(): boolean {
    return this.#online;
  }

  watch(listener: (online: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  switch(online: boolean): void {
    this.#online = online;
    for (const listener of this.#listeners) listener(online);
  }
}
