import type { Context } from "hono";

const titles = {
  400: "Bad Request",
  401: "Unauthorized",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  503: "Service Unavailable",
} as const;

/** An answer that refuses: a problem document (RFC 9457), with a stable `code` where a program may want to tell. */
export function problem(context: Context, status: keyof typeof titles, detail: string, code?: string): Response {
  const document = { title: titles[status], status, detail, ...(code === undefined ? {} : { code }) };
  return context.body(`${JSON.stringify(document)}\n`, status, { "Content-Type": "application/problem+json" });
}
