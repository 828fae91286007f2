import { createHash, timingSafeEqual } from "node:crypto";
import type { RevocationTarget } from "@wardwire/gateway";
import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { systemErrorCode } from "../cli-error.ts";

/** What the admin API does, and for whom. */
export interface AdminApi {
  /** Whoever shows it may do everything here. */
  readonly credential: string;
  revoke(target: RevocationTarget): Promise<{ readonly closed: number }>;
}

const id = z.string().min(1).max(256);

/** The body of `POST /v1/revocations`; times are milliseconds since 1970. */
const revocationBody = z.strictObject({
  tokenId: id.exactOptional(),
  session: id.exactOptional(),
  user: id.exactOptional(),
  device: id.exactOptional(),
  issuedBefore: z.int().min(1).exactOptional(),
});

/**
 * Adds `/v1/…` to the admin listener: JSON in and out, problem documents (RFC 9457) for what is refused. The credential
 * comes as `Authorization: Bearer`, which no page of a browser can send here without being asked first, and nobody
 * answers such a question: there is no CORS.
 */
export function addAdminApi(app: Hono, api: AdminApi): void {
  app.use("/v1/*", async (context, next) => {
    if (!isCredential(context.req.header("authorization"), api.credential)) {
      context.header("WWW-Authenticate", "Bearer");
      return problem(context, 401, "expected Authorization: Bearer and the credential of the data folder");
    }
    await next();
    return;
  });
  const limit = bodyLimit({ maxSize: 16_384, onError: (context) => problem(context, 413, "expected at most 16 KiB") });
  app.post("/v1/revocations", limit, async (context) => {
    if (!/^application\/json\s*(;|$)/i.test(context.req.header("content-type") ?? "")) {
      return problem(context, 415, "expected Content-Type: application/json");
    }
    const body = revocationBody.safeParse(await context.req.json().catch(() => undefined));
    if (!body.success) return problem(context, 400, z.prettifyError(body.error));
    try {
      return context.json(await api.revoke(body.data));
    } catch (error) {
      if (error instanceof Error && systemErrorCode(error) === "invalid-options") {
        return problem(context, 400, error.message);
      }
      return problem(context, 503, "revoked in this process, but the engine did not take it; try again");
    }
  });
  app.all("/v1/revocations", (context) => {
    context.header("Allow", "POST");
    return problem(context, 405, "expected POST");
  });
}

/** Compares digests, which have one length, in constant time. */
function isCredential(authorization: string | undefined, credential: string): boolean {
  const given = /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(credential));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

const titles = {
  400: "Bad Request",
  401: "Unauthorized",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  503: "Service Unavailable",
} as const;

function problem(context: Context, status: keyof typeof titles, detail: string): Response {
  return context.body(`${JSON.stringify({ title: titles[status], status, detail })}\n`, status, {
    "Content-Type": "application/problem+json",
  });
}
