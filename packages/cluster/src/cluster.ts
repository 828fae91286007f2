import type { Broker } from "./broker.ts";
import type { Presence } from "./presence.ts";
import type { Revocations } from "./revocations.ts";

/** An engine: everything gateway processes share, behind one handle. */
export interface Cluster {
  readonly broker: Broker;
  readonly presence: Presence;
  readonly revocations: Revocations;
  /** Closes the broker, presence, revocations and what the engine holds open; idempotent. */
  close(): Promise<void>;
}
