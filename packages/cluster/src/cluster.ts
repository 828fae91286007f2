import type { Broker } from "./broker.ts";
import type { Budgets } from "./budgets.ts";
import type { Presence } from "./presence.ts";
import type { Revocations } from "./revocations.ts";

/** An engine: everything gateway processes share, behind one handle. */
export interface Cluster {
  readonly broker: Broker;
  readonly presence: Presence;
  readonly revocations: Revocations;
  readonly budgets: Budgets;
  /**
   * Ends all subscriptions and lets go of what the engine holds open; idempotent. What was asked before is answered; what
   * is asked afterwards is refused with `closed`.
   */
  close(): Promise<void>;
}
