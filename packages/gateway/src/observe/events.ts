import type { CloseReason } from "@wardwire/wire/close-codes";
import type { BudgetName } from "../limits/budgets.ts";

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
      /** At the endpoint that issues tickets, with an HTTP status; or in `connect`, with its connection. */
      readonly event: "ticket-refused";
      readonly reason: string;
      readonly address: string;
      readonly status?: number;
      readonly connection?: string;
      readonly user?: string;
    }
  | {
      /** Code of the application, an engine or this gateway threw; the stack is for whoever mends it. */
      readonly event: "failure";
      readonly where: string;
      readonly connection?: string;
      readonly error: unknown;
    }
  | { readonly event: "peer-problem"; readonly what: string; readonly address?: string; readonly code?: string };

/**
 * Hears the gateway's events. It is called synchronously, often; what it throws, or
 * rejects with, is ignored.
 */
export type Observe = (event: GatewayEvent) => void;
