import type { Suite } from "@wardwire/crypto/handshake/suites";
import type { CloseReason } from "@wardwire/wire/close-codes";
import type { BudgetName } from "../limits/budgets.ts";
import type { ServerKeysEvent } from "../server-keys/server-keys.ts";
import type { SignalEvent, SignalName } from "../signals/signal.ts";
import type { TicketRefusal } from "../tickets/ticket-store.ts";

/**
 * Everything the gateway reports, discriminated by `event`. No event holds a token, a payload or a key: what a stranger
 * sent appears only as an address, an origin, a name from the contract or a code.
 */
export type GatewayEvent =
  | { readonly event: "listening"; readonly addresses: readonly { readonly address: string; readonly port: number }[] }
  | { readonly event: "stopping" }
  | {
      readonly event: "upgrade-refused";
      readonly status: number;
      readonly cause: RefusalCause;
      /** For people; `cause` is what a program looks at. */
      readonly reason: string;
      readonly address: string;
      readonly origin?: string;
    }
  | {
      readonly event: "authentication-failed";
      readonly code: string;
      readonly detail: string;
      readonly address: string;
    }
  | {
      readonly event: "connected";
      readonly connection: string;
      readonly user: string;
      readonly device: string;
      readonly address: string;
      /** The page's; absent where the client is no browser (R54). */
      readonly origin?: string;
      /** The same for every use of one session or token, at this gateway and until it stops; tells nothing of either. */
      readonly credential?: string;
    }
  | {
      readonly event: "disconnected";
      readonly connection: string;
      readonly user?: string;
      readonly address: string;
      readonly code: number;
      /** Why the gateway closed it; absent when the client did. */
      readonly by?: CloseReason;
    }
  | {
      readonly event: "denied";
      readonly connection: string;
      readonly user: string;
      readonly operation: string;
      readonly target: string;
      readonly reason: string;
    }
  | {
      readonly event: "rate-limited";
      /** Which rate was exceeded. */
      readonly budget: BudgetName;
      readonly address: string;
      readonly connection?: string;
      readonly user?: string;
      /** It was let through all the same. */
      readonly dryRun?: true;
    }
  | {
      /** A sealed handshake has succeeded; who it is, AUTH tells. */
      readonly event: "sealed";
      readonly connection: string;
      readonly address: string;
      readonly suite: Suite;
    }
  | {
      /** A sealed connection ends because of this. It is told to nobody outside (HS-4.2, SR-1.4). */
      readonly event: "sealed-failed";
      readonly kind: SealedFailure;
      readonly connection: string;
      readonly address: string;
      readonly user?: string;
    }
  | {
      /** A sealed connection goes on under other keys: updated ones in one direction, or those of a fresh handshake in both. */
      readonly event: "rekeyed";
      readonly how: "update" | "handshake";
      readonly connection: string;
    }
  | {
      /** Something happened to the server keys. */
      readonly event: "server-keys";
      readonly change: ServerKeysEvent["event"];
      /** Which online key: 16 hexadecimal characters, public. */
      readonly kid?: string;
      /** Which bundle. */
      readonly version?: number;
      /** When the delegate ends, seconds since 1970. */
      readonly notAfter?: number;
    }
  | {
      /** What has been revoked, and how many connections of this process were closed for it. */
      readonly event: "revoked";
      readonly tokenId?: string;
      readonly session?: string;
      readonly user?: string;
      readonly device?: string;
      readonly issuedBefore?: number;
      readonly closed: number;
    }
  | { readonly event: "revoked-token-used"; readonly user: string; readonly address: string }
  | {
      /** A message or a frame that is not as the protocol has it; `code` is that of the error frame or of the decoder. */
      readonly event: "decode-error";
      readonly code: string;
      readonly connection: string;
      readonly address: string;
      readonly user?: string;
    }
  | {
      /** At the endpoint that issues tickets; `reason` is for people. */
      readonly event: "ticket-refused";
      readonly status: number;
      readonly reason: string;
      readonly address: string;
      readonly connection?: undefined;
    }
  | {
      /** In `connect`. */
      readonly event: "ticket-refused";
      readonly reason: TicketRefusal;
      readonly address: string;
      readonly connection: string;
      readonly user?: string;
      readonly status?: undefined;
    }
  | {
      /** Other address lists are in force, and so many connections were closed for it (R22). */
      readonly event: "addresses-changed";
      readonly closed: number;
    }
  | {
      /** Code of the application, an engine or this gateway threw; the stack is for whoever mends it. */
      readonly event: "failure";
      readonly where: string;
      readonly connection?: string;
      readonly error: unknown;
    }
  | {
      /** An error nobody handled; the process ends because of it (R35). */
      readonly event: "crash";
      readonly error: unknown;
    }
  | { readonly event: "peer-problem"; readonly what: string; readonly address?: string; readonly code?: string }
  | SignalEvent
  | {
      /** A signal has not reached a webhook, after so many attempts, and will not. */
      readonly event: "webhook-failed";
      /** Scheme, host and port of the webhook. */
      readonly target: string;
      readonly signal: SignalName;
      readonly reason: string;
      readonly attempts: number;
    };

/**
 * Why a sealed connection failed:
 * - `unknown-key`: the client named a bundle or a key that this gateway does not have (any more)
 * - `handshake`: message 1 did not hold, or a budget was spent
 * - `session`: a record did not open, or came where none of its kind may come
 * - `auth`: AUTH is not one `connect` frame
 * - `rehandshake`: a fresh handshake inside the session did not hold, or came too soon
 * - `too-old`: 25 hours went by without a fresh handshake (SR-5.1)
 */
export type SealedFailure = "unknown-key" | "handshake" | "session" | "auth" | "rehandshake" | "too-old";

/** Why a handshake was refused. */
export type RefusalCause =
  | "address"
  | "host"
  | "rate"
  | "origin"
  | "path"
  | "query"
  | "no-credential"
  | "credential-outside"
  | "subprotocol"
  | "no-room"
  | "credential";

/**
 * Hears the gateway's events. It is called synchronously, often; what it throws, or
 * rejects with, is ignored.
 */
export type Observe = (event: GatewayEvent) => void;
