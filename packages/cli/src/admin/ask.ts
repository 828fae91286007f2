import { z } from "zod";
import { CliError } from "../cli-error.ts";
import type { AdminAccess } from "./access.ts";

/** One request to the admin API. */
export interface AdminQuestion<Answer> {
  readonly path: string;
  readonly document: object;
  readonly answer: z.ZodType<Answer>;
}

const problemBody = z.object({ detail: z.string() });
const timeoutMs = 10_000;

/**
 * Posts a document to the admin API of the gateway that runs on this machine.
 *
 * @throws CliError `unreachable` when no gateway runs, `timeout`, `usage` for what the gateway cannot make sense of,
 *   `refused` for what it refuses otherwise.
 */
export async function askAdmin<Answer>(access: AdminAccess, question: AdminQuestion<Answer>): Promise<Answer> {
  const { url, credential } = access;
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${url}${question.path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${credential}`, "Content-Type": "application/json" },
      body: JSON.stringify(question.document),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = await response.json();
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") {
      throw new CliError("timeout", `no answer from ${url} within ${timeoutMs / 1_000} s`, { cause: error });
    }
    const advice = "is the gateway of this data folder running?";
    throw new CliError("unreachable", `cannot reach the admin API at ${url}; ${advice}`, { cause: error });
  }
  const answer = question.answer.safeParse(body);
  if (response.ok && answer.success) return answer.data;
  const why = problemBody.safeParse(body).data?.detail ?? "no reason given";
  throw new CliError(response.status === 400 ? "usage" : "refused", `the gateway refused (${response.status}): ${why}`);
}
