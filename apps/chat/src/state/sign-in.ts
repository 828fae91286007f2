import type { Person } from "./memory.ts";

/** What can go wrong while a token is fetched: codes of the server, and two of our own. */
export type SignInErrorCode =
  | "invalid-name"
  | "invalid-device"
  | "invalid-request"
  | "origin-not-allowed"
  | "sign-in-unreachable"
  | "sign-in-failed";

/** The sign-in gave no token. Look at `code`. */
export class SignInError extends Error {
  override readonly name = "SignInError";
  readonly code: SignInErrorCode;

  constructor(code: SignInErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Fetches a token of the development gateway, which asks for no password.
 *
 * @throws SignInError
 */
export async function fetchToken(person: Person, signal?: AbortSignal): Promise<string> {
  const response = await ask(person, signal);
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && hasText(answer, "token")) return answer.token;
  const code = hasText(answer, "code") ? serverCodes.find((known) => known === answer.code) : undefined;
  throw new SignInError(code ?? "sign-in-failed", `the sign-in answered with HTTP ${response.status}`);
}

const serverCodes = ["invalid-name", "invalid-device", "invalid-request", "origin-not-allowed"] as const;

async function ask({ name, device }: Person, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch("/development/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name, device }),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      signal: signal ?? null,
    });
  } catch (cause) {
    throw new SignInError("sign-in-unreachable", "the sign-in could not be reached", { cause });
  }
}

function hasText<K extends string>(value: unknown, key: K): value is Readonly<Record<K, string>> {
  return typeof value === "object" && value !== null && key in value && typeof Reflect.get(value, key) === "string";
}

/** A name as it is sent: trimmed and in Unicode's form C, so that one name is one user however it was typed. */
export function tidyName(text: string): string {
  return text.trim().normalize("NFC");
}
