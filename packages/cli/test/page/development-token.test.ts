import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLocalJWKSet, jwtVerify } from "jose";
import { loadTokenKey } from "../../src/development/token-key.ts";
import { developmentToken } from "../../src/page/development-token.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

using folder = temporaryFolder();
const tokenKey = await loadTokenKey(folder.path);
const nowMs = Date.now();
const signIn = { tokenKey, origins: ["https://localhost:8443", "https://chat.test"], now: () => nowMs };

const goodHeaders = {
  Origin: "https://localhost:8443",
  "Sec-Fetch-Site": "same-origin",
  "Content-Type": "application/json",
};
const goodBody = { name: "alice", device: "Firefox on Linux 3f9a" };

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Asks as the page does, but for what is given. A header that is empty is left out. */
async function ask({ method = "POST", headers = {}, body = goodBody }: Asked = {}): Promise<Response> {
  const all = Object.entries({ ...goodHeaders, ...headers }).filter(([, value]) => value !== "");
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { method, headers: all, ...(method === "GET" ? {} : { body: text }) };
  return developmentToken(new Request("https://localhost:8443/development/token", init), signIn);
}

async function refusal(asked: Asked): Promise<readonly [number, unknown]> {
  const response = await ask(asked);
  const answer: unknown = await response.json();
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.ok(answer !== null && typeof answer === "object" && "code" in answer && "message" in answer);
  return [response.status, answer.code];
}

async function userOf(name: string): Promise<unknown> {
  const { token } = (await (await ask({ body: { ...goodBody, name } })).json()) as { token: string };
  const keys = createLocalJWKSet({ keys: [tokenKey.publicJwk] });
  return (await jwtVerify(token, keys)).payload.sub;
}

describe("POST /development/token", () => {
  test("gives the page a token for the name and the device, and says when it ends", async () => {
    const response = await ask();
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "no-store");
    const { token, expiresAt } = (await response.json()) as { token: string; expiresAt: number };
    const keys = createLocalJWKSet({ keys: [tokenKey.publicJwk] });
    const { payload } = await jwtVerify(token, keys, { issuer: "wardwire-dev", audience: "wardwire-dev" });
    assert.deepEqual([payload.sub, payload["device"], payload["grants"]], ["alice", goodBody.device, undefined]);
    assert.equal((payload.exp ?? 0) * 1_000, expiresAt);
    assert.ok(expiresAt > nowMs + 899_000 - 1_000 && expiresAt <= nowMs + 900_000);
  });

  test("takes a name trimmed and in NFC, so that one name is one user", async () => {
    assert.equal(await userOf("  Zoe\u0308 "), "Zoë");
    assert.equal(await userOf("🐢".repeat(64)), "🐢".repeat(64));
  });

  const strangers: readonly [string, Readonly<Record<string, string>>][] = [
    ["another origin", { Origin: "https://evil.test" }],
    ["another port", { Origin: "https://localhost:8444" }],
    ["plain HTTP", { Origin: "http://localhost:8443" }],
    ["the origin null of a sandboxed frame", { Origin: "null" }],
    ["no origin", { Origin: "" }],
    ["an origin that begins like ours", { Origin: "https://localhost:8443.evil.test" }],
    ["a page of the same site", { "Sec-Fetch-Site": "same-site" }],
    ["a page of another site", { "Sec-Fetch-Site": "cross-site" }],
    ["an address that was typed", { "Sec-Fetch-Site": "none" }],
    ["no browser", { "Sec-Fetch-Site": "" }],
  ];
  for (const [who, headers] of strangers) {
    test(`refuses ${who} (R14)`, async () => {
      assert.deepEqual(await refusal({ headers }), [403, "origin-not-allowed"]);
    });
  }

  const names = ["", "   ", "x".repeat(65), "a\u0000b", "a\nb", "a\u202eb", "a\u200bb", "\ud800"];
  for (const name of names) {
    test(`refuses the name ${JSON.stringify(name.slice(0, 12))} of ${name.length} characters (R33)`, async () => {
      assert.deepEqual(await refusal({ body: { ...goodBody, name } }), [400, "invalid-name"]);
      assert.deepEqual(await refusal({ body: { ...goodBody, device: name } }), [400, "invalid-device"]);
    });
  }

  const bodies: readonly unknown[] = ["", "{", "null", "[]", "7", {}, { name: "alice" }, { ...goodBody, name: 7 }];
  for (const body of [...bodies, { ...goodBody, ttl: 99_999_999 }, { ...goodBody, grants: [] }]) {
    test(`refuses the body ${JSON.stringify(body)}`, async () => {
      assert.deepEqual(await refusal({ body }), [400, "invalid-request"]);
    });
  }

  test("refuses another method, another type and a body that is too long", async () => {
    assert.deepEqual(await refusal({ method: "GET" }), [405, "invalid-request"]);
    assert.deepEqual(await refusal({ headers: { "Content-Type": "text/plain" } }), [415, "invalid-request"]);
    assert.deepEqual(await refusal({ headers: { "Content-Type": "application/jsonp" } }), [415, "invalid-request"]);
    assert.deepEqual(await refusal({ body: { ...goodBody, name: "x".repeat(5_000) } }), [413, "invalid-request"]);
  });
});
