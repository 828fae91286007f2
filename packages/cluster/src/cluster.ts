import type { Broker } from "./broker.ts";
import type { Presence } from "./presence.ts";

/** An engine: everything gateway processes share, behind one handle. */
export interface Cluster {
  readonly broker: Broker;
  readonly presence: Presence;
  /** Closes the broker, presence and what the engine holds open; idempotent. */
  close(): Promise<void>;
}
