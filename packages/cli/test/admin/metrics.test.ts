import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Hono } from "hono";
import { addMetrics } from "../../src/admin/metrics.ts";

const credential = "c".repeat(43);
const text = "# TYPE wardwire_connections_open gauge\nwardwire_connections_open 2\n";

describe("GET /metrics (R46)", () => {
  let read = 0;
  const app = new Hono();
  addMetrics(app, {
    credential,
    metrics: async () => {
      read += 1;
      return text;
    },
  });
  const get = async (authorization: string | undefined, method = "GET"): Promise<Response> =>
    app.request("/metrics", { method, headers: authorization === undefined ? {} : { authorization } });

  test("gives the text of the gateway to who shows the credential", async () => {
    const answer = await get(`Bearer ${credential}`);
    assert.deepEqual([answer.status, await answer.text()], [200, text]);
    assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  });

  const refused: readonly (readonly [what: string, authorization: string | undefined])[] = [
    ["no credential", undefined],
    ["another one", `Bearer ${"d".repeat(43)}`],
    ["the beginning of it", `Bearer ${"c".repeat(42)}`],
    ["another scheme", `Basic ${credential}`],
  ];
  for (const [what, authorization] of refused) {
    test(`answers ${what} with 401 and measures nothing`, async () => {
      const before = read;
      const answer = await get(authorization);
      assert.deepEqual([answer.status, answer.headers.get("www-authenticate")], [401, "Bearer"]);
      assert.equal((await answer.text()).includes("wardwire_"), false);
      assert.equal(read, before);
    });
  }

  test("answers a POST with 405", async () => {
    const answer = await get(`Bearer ${credential}`, "POST");
    assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET"]);
  });
});
