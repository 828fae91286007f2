import { originAllowed } from "../accept/origin.ts";
import { createIdentity, type Identity } from "../auth/identity.ts";
import type { Core } from "../core.ts";
import type { HostHandlers } from "../host/socket-host.ts";
import type { TicketOptions } from "./ticket-options.ts";
import type { TicketStore } from "./ticket-store.ts";

/** The tickets of a gateway that issues them: what issues, and what is out. */
export interface Tickets extends Required<TicketOptions> {
  readonly store: TicketStore;
}

type Fetch = NonNullable<HostHandlers["fetch"]>;

/** What answers ordinary HTTP requests, with the endpoint for tickets before it where the gateway issues them. */
export function withTickets(core: Core, fetch: Fetch): Fetch {
  const { tickets } = core;
  if (tickets === undefined) return fetch;
  return (request, remoteAddress) => {
    if (new URL(request.url).pathname !== tickets.path) return fetch(request, remoteAddress);
    const forwardedFor = request.headers.get("x-forwarded-for") ?? undefined;
    return answerTicketRequest(core, tickets, request, core.clientAddress(remoteAddress, forwardedFor));
  };
}

/** A request for a ticket costs its address what a handshake does, since it is the beginning of one (R29). */
function answerTicketRequest(
  core: Core,
  tickets: Tickets,
  request: Request,
  address: string,
): Response | Promise<Response> {
  const waitMs = core.budgets.handshake(address);
  if (waitMs === 0) return issueTicket(core, tickets, request, address);
  const [status, title] = [429, "too many attempts from this address; try again later"];
  core.observe({ event: "ticket-refused", status, reason: title, address });
  const headers = { "Content-Type": problemDocument, "Retry-After": String(Math.ceil(waitMs / 1_000)) };
  return answer(status, { title, status }, headers);
}

const problemDocument = "application/problem+json";

/**
 * Answers a request for a ticket (WP-TICKET-1): `POST` from a page of an allowed origin, whose session the application
 * knows.
 *
 * A browser sends `Origin` with every POST, and its cookies go along from other sites too where the application allows
 * it; the exact list of origins is what keeps other sites out, and `Sec-Fetch-Site`, where a browser sends it, must agree.
 */
async function issueTicket(core: Core, tickets: Tickets, request: Request, address: string): Promise<Response> {
  const refuse = (status: number, title: string, headers: Record<string, string> = {}): Response => {
    core.observe({ event: "ticket-refused", status, reason: title, address });
    return answer(status, { title, status }, { "Content-Type": problemDocument, ...headers });
  };
  if (request.method !== "POST") return refuse(405, "expected POST", { Allow: "POST" });
  const origin = request.headers.get("origin");
  if (origin === null || !originAllowed(core.allowedOrigins, origin))
    return refuse(403, "this origin is not allowed here");
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && !ownSites.has(site)) return refuse(403, "expected a request from a page of the same site");
  const shared = { "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", Vary: "Origin" };
  let identity: Identity | undefined;
  try {
    const given = await tickets.session(request);
    identity = given && createIdentity(given);
    await core.revocations.ready();
  } catch (error) {
    core.observe({ event: "failure", where: "tickets", error });
    return refuse(503, "the session cannot be checked just now; try again", { "Retry-After": "5", ...shared });
  }
  if (identity === undefined || identity.expiresAt <= core.clock.now()) return refuse(401, "sign in first", shared);
  if (core.revocations.isRevoked(identity)) return refuse(401, "sign in first", shared);
  const issued = tickets.store.issue(identity, origin);
  if (issued === undefined) return refuse(429, "too many tickets; try again", { "Retry-After": "30", ...shared });
  return answer(200, issued, { "Content-Type": "application/json", ...shared });
}

/** Pages at another name of the same site may ask as well, when their origin is on the list. */
const ownSites: ReadonlySet<string> = new Set(["same-origin", "same-site"]);

function answer(status: number, body: object, headers: Record<string, string>): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", ...headers },
  });
}
