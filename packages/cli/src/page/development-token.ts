import { z } from "zod";
import { mintToken } from "../development/mint-token.ts";
import { developmentIssuer, type TokenKey } from "../development/token-key.ts";

/** Where the development page asks for its token. */
export const developmentTokenPath = "/development/token";

/** What the sign-in of the development page needs. */
export interface DevelopmentSignIn {
  readonly tokenKey: TokenKey;
  /** The origins the gateway is reached under; requests from elsewhere are refused. */
  readonly origins: readonly string[];
  /** ms since 1970. */
  readonly now: () => number;
}

/** How long a token of the page is good for; the page fetches another before it ends. */
const ttlSeconds = 900;

/** A name and a device, far shorter than this even in the longest encoding. */
const maxBodyBytes = 4_096;

/**
 * Answers `POST /development/token` with JSON: `{name, device}` becomes `{token, expiresAt}` (ms since 1970). Nobody
 * is asked for a password, so only `wardwire dev` serves it, and only to its own page: the `Origin` has to be one of the
 * gateway's and the browser has to say that the request comes from there (`Sec-Fetch-Site: same-origin`), which no
 * other page can make it say.
 *
 * A refusal is `{code, message}`: `origin-not-allowed` (403), `invalid-request` (400, 405, 413, 415), `invalid-name`,
 * `invalid-device` (400).
 */
export async function developmentToken(request: Request, signIn: DevelopmentSignIn): Promise<Response> {
  const { headers, method } = request;
  if (method !== "POST") return refusal(405, "invalid-request", "expected POST", { Allow: "POST" });
  const origin = headers.get("origin") ?? "";
  if (!signIn.origins.includes(origin) || headers.get("sec-fetch-site") !== "same-origin") {
    return refusal(403, "origin-not-allowed", "only this gateway's own page may ask for a token");
  }
  if (!/^application\/json\s*(;|$)/i.test(headers.get("content-type") ?? "")) {
    return refusal(415, "invalid-request", "expected a body of type application/json");
  }
  const body = await readText(request, maxBodyBytes);
  if (body === undefined) return refusal(413, "invalid-request", `expected at most ${maxBodyBytes} bytes`);
  const parsed = requestBody.safeParse(parseJson(body));
  if (!parsed.success) return refusal(400, "invalid-request", 'expected {"name": "…", "device": "…"}');
  const name = parseDisplayName(parsed.data.name);
  if (name === undefined) return refusal(400, "invalid-name", nameRule);
  const device = parseDisplayName(parsed.data.device);
  if (device === undefined) return refusal(400, "invalid-device", nameRule);
  return grant(name, device, signIn);
}

const requestBody = z.strictObject({ name: z.string(), device: z.string() });
const nameRule = "expected 1 to 64 characters, none of them invisible";

async function grant(user: string, device: string, { tokenKey, now }: DevelopmentSignIn): Promise<Response> {
  const nowMs = now();
  const claims = { user, device, audience: developmentIssuer, ttlSeconds, grants: [] };
  const token = await mintToken(tokenKey, claims, nowMs);
  return json(200, { token, expiresAt: (Math.floor(nowMs / 1_000) + ttlSeconds) * 1_000 });
}

/** A name as it is stored, trimmed and in NFC; `undefined` for none, or one that could pass for another. */
function parseDisplayName(text: string): string | undefined {
  if (!text.isWellFormed()) return undefined;
  const name = text.trim().normalize("NFC");
  const { length } = [...name];
  return length >= 1 && length <= 64 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name) ? name : undefined;
}

/** Reads a body of at most `maxBytes`, and no more of a longer one. */
async function readText(request: Request, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, code: string, message: string, headers: Record<string, string> = {}): Response {
  return json(status, { code, message }, headers);
}

function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...headers, "Cache-Control": "no-store" } });
}
