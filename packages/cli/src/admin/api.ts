import type { Hono } from "hono";
import { addMetrics, type MetricsApi } from "./metrics.ts";
import { addPublications, type PublicationsApi } from "./publications.ts";
import { addRevocations, type RevocationsApi } from "./revocations.ts";

/** What the admin API does. Each part has a credential of its own, good for that part only. */
export interface AdminApi {
  readonly revocations: RevocationsApi;
  readonly publications: PublicationsApi;
  readonly metrics: MetricsApi;
}

/** Adds `/metrics` and `/v1/…` to the admin listener, as `docs/admin-api.openapi.yaml` describes it. */
export function addAdminApi(app: Hono, { revocations, publications, metrics }: AdminApi): void {
  addRevocations(app, revocations);
  addPublications(app, publications);
  addMetrics(app, metrics);
}
