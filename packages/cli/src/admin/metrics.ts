import type { Hono } from "hono";
import { requireBearer } from "./post-json.ts";
import { problem } from "./problem.ts";

/** What `GET /metrics` gives, and to whom. */
export interface MetricsApi {
  readonly credential: string;
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
}

/** Adds `GET /metrics` to the admin listener, for whoever shows the credential (R46). */
export function addMetrics(app: Hono, { credential, metrics }: MetricsApi): void {
  app.use("/metrics", requireBearer(credential));
  app.get("/metrics", async (context) =>
    context.body(await metrics(), 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" }),
  );
  app.all("/metrics", (context) => {
    context.header("Allow", "GET");
    return problem(context, 405, "expected GET");
  });
}
