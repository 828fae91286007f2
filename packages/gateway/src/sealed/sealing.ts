import type { AwaitingFirstMessage } from "@wardwire/crypto/handshake/gateway-handshake";
import type { RunningSession } from "@wardwire/crypto/handshake/prologue";
import type { SessionLimits } from "@wardwire/crypto/handshake/second-message";
import type { Primitives, Signer } from "@wardwire/crypto/primitives";
import type { ServerKeys } from "../server-keys/server-keys.ts";
import type { SampledTime } from "./sampled-time.ts";

/** What all sealed connections and channels of a gateway share. */
export interface Sealing {
  readonly serverKeys: ServerKeys;
  readonly primitives: Primitives<"sync">;
  /** Signs the channel records of this incarnation of the process; its public key goes into AUTH_OK (RK-4). */
  readonly signer: Signer<"sync">;
  /** What message 2 tells of records. */
  readonly sessionLimits: SessionLimits;
  /**
   * What answers the message 1 of a client: the first of its socket, or one inside a session, which is bound to the
   * origin and the path of that session.
   *
   * @param address the client's; pays for the handshake (HS-3.2)
   */
  awaitFirstMessage(address: string, within?: BoundSession): AwaitingFirstMessage;
  /** Sessions that are open; whoever opens one adds it, and takes it out at its end. */
  readonly openSessions: Set<object>;
  readonly times: { readonly seal: SampledTime; readonly open: SampledTime };
  /** From now on keys rotate. Calling it again does nothing. */
  start(): void;
  /** Stops, and disposes of every key. */
  close(): void;
}

/** A running session, and what its first handshake was bound to. */
export interface BoundSession extends RunningSession {
  readonly origin: string;
  readonly path: string;
}
