import type { GatewayHandshakeOptions } from "@wardwire/crypto/handshake/gateway-handshake";
import type { Primitives, Signer } from "@wardwire/crypto/primitives";
import type { ServerKeys } from "../server-keys/server-keys.ts";

/** What all sealed connections and channels of a gateway share. */
export interface Sealing {
  readonly serverKeys: ServerKeys;
  readonly primitives: Primitives<"sync">;
  /** Signs the channel records of this incarnation of the process; its public key goes into AUTH_OK (RK-4). */
  readonly signer: Signer<"sync">;
  readonly handshakes: GatewayHandshakeOptions;
}
