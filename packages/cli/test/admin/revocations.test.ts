import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { after, before, describe, test } from "node:test";
import { GatewayError, type RevocationTarget } from "@wardwire/gateway";
import { type AdminListener, openAdminListener } from "../../src/admin-listener.ts";

const credential = "c".repeat(43);

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

describe("POST /v1/revocations", () => {
  const revoked: RevocationTarget[] = [];
  let listener: AdminListener;

  before(async () => {
    const revoke = async (target: RevocationTarget): Promise<{ closed: number }> => {
      if (target.user !== undefined && target.session !== undefined) {
        throw new GatewayError("invalid-options", "revoke: one thing at a time");
      }
      if (target.user === "outage") throw new Error("the engine is down");
      revoked.push(target);
      return { closed: 3 };
    };
    const publish = async (): Promise<never> => assert.fail("nothing is published here");
    const publications = { credential: "p".repeat(43), publish };
    listener = await openAdminListener([0], {
      isReady: () => true,
      api: { revocations: { credential, revoke }, publications, metrics: { credential, metrics: async () => "" } },
    });
  });
  after(() => listener[Symbol.asyncDispose]());

  /** A request that would be answered 200, but for what is given. */
  async function post(
    body: string,
    changes: { method?: string; headers?: Record<string, string | undefined>; path?: string } = {},
  ): Promise<Answer> {
    const headers = { authorization: `Bearer ${credential}`, "content-type": "application/json", ...changes.headers };
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
    const { method = "POST", path = "/v1/revocations" } = changes;
    const outgoing = request(`${listener.url}${path}`, { method, headers: sent }).end(body);
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    const text = (await response.setEncoding("utf8").toArray()).join("");
    return { status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) };
  }

  test("revokes and says how many connections were closed", async () => {
    const answer = await post('{"user":"alice","issuedBefore":1795225500000}');
    assert.deepEqual([answer.status, answer.body], [200, { closed: 3 }]);
    assert.deepEqual(revoked, [{ user: "alice", issuedBefore: 1_795_225_500_000 }]);
    assert.equal(answer.headers["access-control-allow-origin"], undefined, "no CORS");
    assert.equal(answer.headers["cache-control"], "no-store");
  });

  const alice = '{"user":"alice"}';
  const refused: readonly [what: string, status: number, body: string, changes?: Parameters<typeof post>[1]][] = [
    ["no credential", 401, alice, { headers: { authorization: undefined } }],
    ["another credential", 401, alice, { headers: { authorization: `Bearer ${"d".repeat(43)}` } }],
    ["the beginning of the credential", 401, alice, { headers: { authorization: `Bearer ${"c".repeat(42)}` } }],
    ["an empty credential", 401, alice, { headers: { authorization: "Bearer " } }],
    ["another scheme", 401, alice, { headers: { authorization: `Basic ${credential}` } }],
    ["the credential that publishes", 401, alice, { headers: { authorization: `Bearer ${"p".repeat(43)}` } }],
    ["a form, as a page could send it", 415, alice, { headers: { "content-type": "text/plain" } }],
    ["no JSON", 400, "{"],
    ["a list", 400, "[]"],
    ["an unknown field", 400, '{"user":"alice","everything":true}'],
    ["a number for a user", 400, '{"user":7}'],
    ["a time that is none", 400, '{"issuedBefore":"yesterday"}'],
    ["what the gateway refuses", 400, '{"user":"alice","session":"s1"}'],
    ["more than 16 KiB", 413, `{"user":"${"a".repeat(17_000)}"}`],
    ["a GET", 405, "", { method: "GET" }],
    ["an engine that is down", 503, '{"user":"outage"}'],
  ];
  for (const [what, status, body, changes] of refused) {
    test(`answers ${what} with ${status} and a problem document (RFC 9457)`, async () => {
      const before = revoked.length;
      const answer = await post(body, changes);
      assert.equal(answer.status, status);
      assert.match(answer.headers["content-type"] ?? "", /^application\/problem\+json/);
      assert.equal(answer.body["status"], status);
      assert.equal(typeof answer.body["detail"], "string");
      assert.equal(JSON.stringify(answer.body).includes(credential), false);
      assert.equal(revoked.length, before, "nothing was revoked");
    });
  }

  test("answers a name that only resolves to this machine with 421 (R15)", async () => {
    assert.equal((await post(alice, { headers: { host: "attacker.example" } })).status, 421);
  });

  test("is not there without an api", async () => {
    await using bare = await openAdminListener([0], { isReady: () => true });
    const answer = await fetch(`${bare.url}/v1/revocations`, { method: "POST" });
    assert.equal(answer.status, 404);
  });
});
