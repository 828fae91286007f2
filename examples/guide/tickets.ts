import { allow, createGateway } from "@wardwire/gateway";
import type { Identity } from "@wardwire/gateway/identity";
import { chat } from "../chat.contract.ts";
import { byToken } from "./tokens.ts";

/** A session as the application's own sign-in keeps it; times in ms since 1970. */
export interface SignedIn {
  readonly id: string;
  readonly user: string;
  readonly beganAt: number;
  readonly endsAt: number;
}

/** A gateway whose pages connect by their session cookie: the cookie buys a ticket, and the ticket the connection. */
export function gatewayWithTickets(findSession: (cookie: string) => Promise<SignedIn | undefined>) {
  return createGateway({
    contract: chat,
    allowedOrigins: ["https://chat.example"],
    authenticate: byToken,
    tickets: {
      session: async (request): Promise<Identity | undefined> => {
        const found = await findSession(request.headers.get("cookie") ?? "");
        if (found === undefined) return undefined;
        const { id: sessionId, user: userId, beganAt: issuedAt, endsAt: expiresAt } = found;
        return { userId, sessionId, issuedAt, expiresAt, claims: {} };
      },
    },
    authorize: () => allow(),
    commands: { renameRoom: ({ input }) => ({ title: input.title }) },
  });
}
