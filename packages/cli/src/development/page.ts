import type { Pin } from "@wardwire/crypto/keys/pin";
import { Hono } from "hono";
import { answerFrom } from "../page/built-page.ts";
import { developmentToken, developmentTokenPath } from "../page/development-token.ts";
import type { FoundPage } from "../page/find-page.ts";
import { withPins } from "../page/page-pins.ts";
import { securityHeaders } from "../page/security-headers.ts";
import { signOfLife } from "../page/sign-of-life.ts";
import type { TokenKey } from "./token-key.ts";

/** What there is to serve. */
export interface DevelopmentSite {
  /** The chat page, or why there is none. */
  readonly chat: FoundPage;
  /** Signs the tokens of those who sign in on the page. */
  readonly tokenKey: TokenKey;
  /** Of the gateway's keys, by which the page seals its connection; without any it is not sealed. */
  readonly pins?: readonly Pin[];
}

/**
 * The ordinary HTTP side of a development gateway: the chat page, its sign-in, and nothing else. Requests for another
 * host than its own are refused, so that a stranger's name that resolves to loopback reaches nothing (R15).
 *
 * @param origins the origins the gateway is reached under, such as `https://localhost:8443`.
 */
export function developmentPage(
  origins: readonly string[],
  { chat, tokenKey, pins = [] }: DevelopmentSite,
): (request: Request) => Response | Promise<Response> {
  const hosts = new Set(origins.map((origin) => new URL(origin).host));
  const app = new Hono();
  app.use(securityHeaders(origins));
  app.use(async (context, next) => {
    const { host } = new URL(context.req.url);
    return hosts.has(host) ? next() : context.text("Misdirected request: this gateway has another name.\n", 421);
  });
  const signIn = { tokenKey, origins, now: Date.now };
  app.all(developmentTokenPath, ({ req }) => developmentToken(req.raw, signIn));
  if (chat.found) {
    const page = pins.length === 0 ? chat.page : withPins(chat.page, pins);
    app.all("*", (context) => answerFrom(page, context.req.raw) ?? context.notFound());
  } else serveSignOfLife(app, chat.why);
  app.notFound((context) => context.text("Not found.\n", 404));
  return (request) => app.fetch(request);
}

function serveSignOfLife(app: Hono, why: string): void {
  app.get("/", (context) => context.html(signOfLife(why)));
  app.all("/", (context) => context.text("Method not allowed.\n", 405, { Allow: "GET, HEAD" }));
}
