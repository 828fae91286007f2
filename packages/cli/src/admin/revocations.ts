import type { RevocationTarget } from "@wardwire/gateway";
import type { Hono } from "hono";
import { z } from "zod";
import { systemErrorCode } from "../cli-error.ts";
import { addPostJson } from "./post-json.ts";
import { problem } from "./problem.ts";

/** What `POST /v1/revocations` does, and for whom. */
export interface RevocationsApi {
  readonly credential: string;
  revoke(target: RevocationTarget): Promise<{ readonly closed: number }>;
}

const id = z.string().min(1).max(256);

/** Times are milliseconds since 1970. */
const revocationBody = z.strictObject({
  tokenId: id.exactOptional(),
  session: id.exactOptional(),
  user: id.exactOptional(),
  device: id.exactOptional(),
  issuedBefore: z.int().min(1).exactOptional(),
});

/** Adds `POST /v1/revocations`: refuses credentials from now on and closes what lives on them (R40). */
export function addRevocations(app: Hono, { credential, revoke }: RevocationsApi): void {
  addPostJson(app, {
    path: "/v1/revocations",
    credential,
    body: revocationBody,
    maxBodyBytes: 16_384,
    answer: async (target, context) => {
      try {
        return context.json(await revoke(target));
      } catch (error) {
        if (error instanceof Error && systemErrorCode(error) === "invalid-options") {
          return problem(context, 400, error.message);
        }
        return problem(context, 503, "revoked in this process, but the engine did not take it; try again");
      }
    },
  });
}
