import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { type AdminApi, addAdminApi } from "./admin/api.ts";
import { CliError, systemErrorCode } from "./cli-error.ts";

/** The listener for whoever operates the gateway: plain HTTP on 127.0.0.1, apart from the public one (R46). */
export interface AdminListener extends AsyncDisposable {
  /** Such as `http://127.0.0.1:9443`. */
  readonly url: string;
}

/** What the listener answers from. */
export interface AdminSources {
  /** Whether the gateway takes connections. */
  readonly isReady: () => boolean;
  /** Why it should be sent no further clients all the same; `/readyz` answers 503 with them. */
  readonly problems?: () => readonly string[];
  /** What `/v1/…` does; nothing is there when left out. */
  readonly api?: AdminApi;
}

/**
 * Answers `/healthz` (this process runs), `/readyz` (it takes connections and nothing speaks against it: 200, else 503 and
 * why) and the admin API.
 *
 * @param ports tried in order while one is in use; 0 lets the system choose.
 * @throws CliError `configuration` when the last one cannot be listened on either.
 */
export async function openAdminListener(ports: readonly number[], sources: AdminSources): Promise<AdminListener> {
  const [port = 0, ...others] = ports;
  const app = adminRoutes(sources);
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16_384, keepAliveTimeout: 5_000 },
    getRequestListener((request) => app.fetch(request)),
  );
  try {
    server.listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
  } catch (error) {
    if (systemErrorCode(error) === "EADDRINUSE" && others.length > 0) return openAdminListener(others, sources);
    throw unusablePort(port, error);
  }
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${bound}`, [Symbol.asyncDispose]: () => closeServer(server) };
}

function adminRoutes({ isReady, api, problems = () => [] }: AdminSources): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    // A page whose name resolves to this machine sends its own name (R15).
    const { hostname } = new URL(context.req.url);
    if (hostname !== "127.0.0.1" && hostname !== "localhost") return context.json({ error: "misdirected" }, 421);
    await next();
    context.header("Cache-Control", "no-store");
    context.header("X-Content-Type-Options", "nosniff");
    return;
  });
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", (context) => {
    const found = problems();
    if (isReady() && found.length === 0) return context.json({ status: "ready" });
    return context.json({ status: "not-ready", problems: found }, 503);
  });
  if (api !== undefined) addAdminApi(app, api);
  app.notFound((context) => context.json({ error: "not-found" }, 404));
  return app;
}

async function closeServer(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

function unusablePort(port: number, error: unknown): CliError {
  const why = systemErrorCode(error) ?? "unknown error";
  const message = `cannot open the admin listener on 127.0.0.1:${port} (${why}): stop what uses it or choose another port`;
  return new CliError("configuration", message, { cause: error });
}
