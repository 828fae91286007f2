import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, Hono, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { problem } from "./problem.ts";

/** A resource of the admin API that takes a JSON document. */
export interface JsonResource<Body> {
  readonly path: string;
  /** Whoever shows it as `Authorization: Bearer` may do this, and nothing else. */
  readonly credential: string;
  readonly body: z.ZodType<Body>;
  readonly maxBodyBytes: number;
  answer(body: Body, context: Context): Promise<Response>;
}

/**
 * Adds `POST path`. The credential comes in a header that no page of a browser can send here without being asked first,
 * and nobody answers such a question: there is no CORS. Whatever else is sent is refused with a problem document, the
 * credential being looked at before anything else.
 */
export function addPostJson<Body>(
  app: Hono,
  { path, credential, body, maxBodyBytes, answer }: JsonResource<Body>,
): void {
  const tooLarge = (context: Context): Response => problem(context, 413, `expected at most ${maxBodyBytes} bytes`);
  app.use(path, requireBearer(credential));
  app.post(path, bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge }), async (context) => {
    if (!/^application\/json\s*(;|$)/i.test(context.req.header("content-type") ?? "")) {
      return problem(context, 415, "expected Content-Type: application/json");
    }
    const parsed = body.safeParse(await context.req.json().catch(() => undefined));
    return parsed.success ? answer(parsed.data, context) : problem(context, 400, z.prettifyError(parsed.error));
  });
  app.all(path, (context) => {
    context.header("Allow", "POST");
    return problem(context, 405, "expected POST");
  });
}

/** Refuses whoever does not show the credential. */
export function requireBearer(credential: string): MiddlewareHandler {
  const expected = digest(credential);
  return async (context, next) => {
    const given = /^bearer +(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    // Digests have one length, and comparing them tells nothing of the credential.
    if (timingSafeEqual(digest(given), expected)) return next();
    context.header("WWW-Authenticate", "Bearer");
    return problem(context, 401, "expected Authorization: Bearer and the credential for this from the data folder");
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
