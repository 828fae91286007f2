import type { Contract } from "@wardwire/contract";
import { type Gateway, RequestError } from "@wardwire/gateway";
import { idempotencyKeyPattern } from "@wardwire/wire/limits";
import type { Hono } from "hono";
import { z } from "zod";
import { addPostJson } from "./post-json.ts";
import { problem } from "./problem.ts";

/** What `POST /v1/publish` does, and for whom. */
export interface PublicationsApi {
  readonly credential: string;
  readonly publish: Gateway<Contract>["publish"];
}

/** `params` and `data` are checked by the contract; `key` is an idempotency key as in the wire protocol. */
const publicationBody = z.strictObject({
  channel: z.string().min(1).max(256),
  params: z.json().exactOptional(),
  data: z.json(),
  key: z.string().regex(idempotencyKeyPattern, "expected 1 to 64 visible ASCII characters").exactOptional(),
});

/** Above the gateway's own bound for a message, so that the answer names that bound and not this one. */
const maxBodyBytes = 131_072;

/**
 * Adds `POST /v1/publish`: a message of the application's own, to any channel of the contract. Answered once it is in the
 * channel's history; a retry with the same key within five minutes publishes nothing and is answered alike.
 */
export function addPublications(app: Hono, { credential, publish }: PublicationsApi): void {
  addPostJson(app, {
    path: "/v1/publish",
    credential,
    body: publicationBody,
    maxBodyBytes,
    answer: async ({ channel, params = {}, data, key }, context) => {
      try {
        return context.json(await publish(channel, params, data, key === undefined ? {} : { key }));
      } catch (error) {
        if (error instanceof RequestError) {
          const where = error.detail.path === undefined ? "" : `${error.detail.path.join(".")}: `;
          return problem(context, 400, `${where}${error.message}`, error.code);
        }
        context.header("Retry-After", "1");
        return problem(context, 503, "not published: the engine did not take it; try again with the same key");
      }
    },
  });
}
