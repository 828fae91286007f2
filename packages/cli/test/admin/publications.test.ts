import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { demo } from "@wardwire/contracts/demo";
import { allow, createGateway, type Gateway } from "@wardwire/gateway";
import { memoryServerKeys } from "@wardwire/gateway/testing";
import { type AdminListener, openAdminListener } from "../../src/admin-listener.ts";

const credential = "p".repeat(43);
const revoking = "r".repeat(43);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A gateway of the demo contract that nobody can sign in to: what is published comes from here only. */
async function demoGateway(): Promise<Gateway<typeof demo>> {
  return createGateway({
    contract: demo,
    serverKeys: await memoryServerKeys({ origins: ["https://chat.example"] }),
    allowedOrigins: ["https://chat.example"],
    authenticate: async () => ({ ok: false, code: "token-invalid", detail: "nobody signs in here" }),
    authorize: () => allow(),
    commands: { renameRoom: ({ input }) => ({ title: input.title }) },
    observe: () => undefined,
  });
}

describe("POST /v1/publish", () => {
  let gateway: Gateway<typeof demo>;
  let isEngineDown = false;
  let listener: AdminListener;

  before(async () => {
    gateway = await demoGateway();
    const publish: Gateway<typeof demo>["publish"] = (...message) => {
      if (isEngineDown) throw new Error("the engine is down");
      return gateway.publish(...message);
    };
    const revoke = async (): Promise<never> => assert.fail("nothing is revoked here");
    listener = await openAdminListener([0], {
      isReady: () => true,
      api: {
        revocations: { credential: revoking, revoke },
        publications: { credential, publish: publish as never },
        metrics: { credential: revoking, metrics: async () => "" },
      },
    });
  });
  after(async () => {
    await listener[Symbol.asyncDispose]();
    await gateway.close();
  });

  /** A request that would be answered 200, but for what is given. */
  async function post(document: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${listener.url}/v1/publish`, {
      method: "POST",
      headers: { authorization: `Bearer ${credential}`, "content-type": "application/json", ...headers },
      body: typeof document === "string" ? document : JSON.stringify(document),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  const hello = { channel: "lobby", params: { roomId: "tea" }, data: { text: "hello" } };

  test("publishes and says where the message stands", async () => {
    const first = await post(hello);
    assert.equal(first.status, 200);
    assert.deepEqual([first.body["offset"], first.body["duplicate"]], [1, false]);
    const second = await post(hello);
    assert.deepEqual(second.body, { ...first.body, offset: 2 });
  });

  test("publishes once for one idempotency key, and the key holds for its channel only (R44)", async () => {
    const keyed = { ...hello, params: { roomId: "keyed" }, key: "order-17" };
    const first = await post(keyed);
    assert.deepEqual((await post(keyed)).body, { ...first.body, duplicate: true });
    const elsewhere = await post({ ...keyed, params: { roomId: "elsewhere" } });
    assert.equal(elsewhere.body["duplicate"], false);
  });

  const refused: readonly (readonly [
    what: string,
    status: number,
    document: unknown,
    headers?: Record<string, string>,
  ])[] = [
    ["no credential", 401, hello, { authorization: "" }],
    ["the credential that revokes", 401, hello, { authorization: `Bearer ${revoking}` }],
    ["a form, as a page could send it", 415, hello, { "content-type": "text/plain" }],
    ["no JSON", 400, "{"],
    ["an unknown field", 400, { ...hello, from: { user: "alice" } }],
    ["no message", 400, { channel: "lobby", params: { roomId: "tea" } }],
    ["a key with a space", 400, { ...hello, key: "a b" }],
    ["a key of 65 characters", 400, { ...hello, key: "k".repeat(65) }],
    ["an unknown channel", 400, { ...hello, channel: "attic" }],
    ["params that do not fit the contract", 400, { ...hello, params: { roomId: "UPPER" } }],
    ["a message that does not fit the contract", 400, { ...hello, data: { text: "" } }],
    ["more than 128 KiB", 413, { ...hello, data: { text: "a".repeat(131_072) } }],
  ];
  for (const [what, status, document, headers] of refused) {
    test(`answers ${what} with ${status} and a problem document (RFC 9457)`, async () => {
      const before = await post({ ...hello, params: { roomId: "count" } });
      const answer = await post(document, headers);
      assert.equal(answer.status, status);
      assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
      assert.equal(answer.body["status"], status);
      assert.equal(typeof answer.body["detail"], "string");
      const following = await post({ ...hello, params: { roomId: "count" } });
      assert.equal(following.body["offset"], Number(before.body["offset"]) + 1, "nothing was published between");
    });
  }

  test("names what does not fit the contract, with the gateway's code", async () => {
    const { body } = await post({ ...hello, data: { text: 7 } });
    assert.equal(body["code"], "invalid-data");
    assert.match(String(body["detail"]), /text/);
  });

  test("answers 503 with Retry-After while the engine is down, and publishes again afterwards", async () => {
    isEngineDown = true;
    const down = await post(hello);
    isEngineDown = false;
    assert.equal(down.status, 503);
    assert.equal(down.headers.get("retry-after"), "1");
    assert.equal((await post(hello)).status, 200);
  });

  test("answers a GET with 405", async () => {
    const answer = await fetch(`${listener.url}/v1/publish`, { headers: { authorization: `Bearer ${credential}` } });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get("allow"), "POST");
  });
});
