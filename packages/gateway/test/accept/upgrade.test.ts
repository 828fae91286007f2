import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayOnPaper } from "../gateway-on-paper.ts";

const origin = undefined;

test("accepts a browser on the allowed origin without any credential yet (R14)", async () => {
  const answer = await new GatewayOnPaper().upgrade();
  assert.equal(answer.accepted, true);
});

for (const hostile of ["https://evil.example", "null", "http://chat.example", "https://chat.example.evil.example"]) {
  test(`refuses origin ${hostile} with 403, credential or not (R14)`, async () => {
    const gateway = new GatewayOnPaper();
    for (const authorization of [undefined, "Bearer alice"]) {
      const answer = await gateway.upgrade({ origin: hostile, authorization });
      assert.ok(!answer.accepted);
      assert.equal(answer.status, 403);
    }
    assert.equal(gateway.events.filter(({ event }) => event === "upgrade-refused").length, 2);
  });
}

test("refuses a handshake without origin and without credential with 403 (R14)", async () => {
  const answer = await new GatewayOnPaper().upgrade({ origin });
  assert.ok(!answer.accepted);
  assert.equal(answer.status, 403);
});

test("looks at the origin before the path, so that a page learns nothing", async () => {
  const answer = await new GatewayOnPaper().upgrade({ origin: "https://evil.example" }, "/elsewhere");
  assert.ok(!answer.accepted);
  assert.equal(answer.status, 403);
});

test("refuses another path with 404", async () => {
  const answer = await new GatewayOnPaper().upgrade({}, "/elsewhere");
  assert.ok(!answer.accepted);
  assert.equal(answer.status, 404);
});

test("refuses a query with 400, a token in the URL among them, and tells nobody what it was (R42)", async () => {
  const gateway = new GatewayOnPaper();
  const answer = await gateway.upgrade({}, "/ws?token=canary");
  assert.ok(!answer.accepted);
  assert.equal(answer.status, 400);
  assert.ok(!JSON.stringify([answer, gateway.events]).includes("canary"));
});

test("answers 401 with WWW-Authenticate to a refused credential in the handshake", async () => {
  const gateway = new GatewayOnPaper();
  for (const authorization of ["Bearer bad", "Bearer old", "Basic YWxpY2U6", "Bearer", "Bearer a b", ""]) {
    const answer = await gateway.upgrade({ origin, authorization });
    assert.ok(!answer.accepted, authorization);
    assert.equal(answer.status, 401);
    assert.match(answer.headers["WWW-Authenticate"] ?? "", /^Bearer error="invalid_token"/);
  }
  assert.equal(gateway.core.openPerIp.total, 0);
});

test("answers 503 when the credential cannot be checked", async () => {
  const gateway = new GatewayOnPaper({
    authenticate: () => ({ ok: false, code: "unavailable", detail: "the key server is away" }),
  });
  const answer = await gateway.upgrade({ origin, authorization: "Bearer alice" });
  assert.ok(!answer.accepted);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers["Retry-After"], "5");
});

const forever = { ok: true, identity: { userId: "alice", claims: {}, expiresAt: Number.POSITIVE_INFINITY } };
for (const answer of [undefined, true, { ok: true }, { ok: true, identity: {} }, { ok: "yes" }, forever]) {
  test(`refuses when authenticate gives ${JSON.stringify(answer)}: only a whole identity lets in (R43)`, async () => {
    const gateway = new GatewayOnPaper({ authenticate: () => answer as never });
    const upgrade = await gateway.upgrade({ origin, authorization: "Bearer alice" });
    assert.ok(!upgrade.accepted);
    assert.equal(upgrade.status, 401);
  });
}

test("answers 503 when authenticate throws: that is no verdict on the credential (R35)", async () => {
  const gateway = new GatewayOnPaper({
    authenticate: () => {
      throw new Error("broken");
    },
  });
  const answer = await gateway.upgrade({ origin, authorization: "Bearer alice" });
  assert.ok(!answer.accepted);
  assert.equal(answer.status, 503);
  assert.ok(gateway.events.some((event) => event.event === "failure" && event.where === "authenticate"));
});

test("takes the first subprotocol it speaks and echoes only that (R17)", async () => {
  const gateway = new GatewayOnPaper();
  const answer = await gateway.upgrade({ "sec-websocket-protocol": "chat, wardwire.v1.cbor, wardwire.v1.json" });
  assert.ok(answer.accepted);
  assert.equal(answer.subprotocol, "wardwire.v1.cbor");
  const none = await gateway.upgrade();
  assert.ok(none.accepted);
  assert.equal(none.subprotocol, undefined);
});

for (const offered of ["chat", "wardwire.v1.sealed", "WARDWIRE.V1.JSON", "", "wardwire.v2.json"]) {
  test(`refuses with 400 when only "${offered}" is offered (R17)`, async () => {
    const answer = await new GatewayOnPaper().upgrade({ "sec-websocket-protocol": offered });
    assert.ok(!answer.accepted);
    assert.equal(answer.status, 400);
  });
}

test("holds at most so many sockets of one address, and gives the place back (R30)", async () => {
  const gateway = new GatewayOnPaper({ limits: { maxConnectionsPerIp: 2 } });
  const first = await gateway.open();
  await gateway.open();
  const third = await gateway.upgrade();
  assert.ok(!third.accepted);
  assert.equal(third.status, 429);
  assert.equal(third.headers["Retry-After"], "5");
  assert.ok((await gateway.upgrade({}, "/ws", "192.0.2.8")).accepted, "another address has room");
  first.close(1000, "");
  assert.ok((await gateway.upgrade()).accepted);
});

test("counts sockets that have not authenticated apart, until they have (R18)", async () => {
  const gateway = new GatewayOnPaper({ limits: { maxUnauthenticatedPerIp: 1 } });
  const first = await gateway.open();
  const second = await gateway.upgrade();
  assert.ok(!second.accepted);
  assert.equal(second.status, 429);
  first.send({ type: "connect", id: 1, token: "alice" });
  await first.next("connected");
  assert.ok((await gateway.upgrade()).accepted);
});

test("answers 503 when the process as a whole is full (R30)", async () => {
  const gateway = new GatewayOnPaper({ limits: { maxUnauthenticated: 1 } });
  await gateway.open();
  const answer = await gateway.upgrade({}, "/ws", "198.51.100.9");
  assert.ok(!answer.accepted);
  assert.equal(answer.status, 503);
});

test("believes X-Forwarded-For only from a trusted proxy, and then the right-most address beyond it (R21)", async () => {
  const forwarded = { "x-forwarded-for": "203.0.113.1, 198.51.100.4, 10.1.2.3" };
  const trusting = new GatewayOnPaper({ trustedProxies: ["10.0.0.0/8"], allowedOrigins: [] });
  await trusting.upgrade(forwarded, "/ws", "10.0.0.1");
  await trusting.upgrade(forwarded, "/ws", "192.0.2.7");
  const plain = new GatewayOnPaper({ allowedOrigins: [] });
  await plain.upgrade(forwarded, "/ws", "10.0.0.1");
  const addresses = [...trusting.events, ...plain.events].map((event) => "address" in event && event.address);
  assert.deepEqual(addresses, ["198.51.100.4", "192.0.2.7", "10.0.0.1"]);
});

test("takes several X-Forwarded-For headers for one list, so that a client's own is not believed (R21)", async () => {
  const gateway = new GatewayOnPaper({ trustedProxies: ["10.0.0.0/8"], allowedOrigins: [] });
  await gateway.upgrade({ "x-forwarded-for": ["203.0.113.1", "198.51.100.4"] }, "/ws", "10.0.0.1");
  const [refused] = gateway.events;
  assert.ok(refused?.event === "upgrade-refused");
  assert.equal(refused.address, "198.51.100.4");
});

test("refuses when authenticate gives a code there is not, and frees the place (R35)", async () => {
  const gateway = new GatewayOnPaper({ authenticate: () => ({ ok: false, code: "no", detail: "" }) as never });
  const answer = await gateway.upgrade({ origin, authorization: "Bearer alice" });
  assert.ok(!answer.accepted);
  assert.equal(answer.status, 401);
  const socket = await gateway.open();
  socket.send({ type: "connect", id: 1, token: "alice" });
  assert.equal((await socket.closed()).code, 4402);
  assert.equal(gateway.core.openPerIp.total, 0);
});

test("shows no more of a hostile origin than a log line has room for", async () => {
  const gateway = new GatewayOnPaper();
  await gateway.upgrade({ origin: `https://${"a".repeat(8_000)}.example` });
  assert.ok(JSON.stringify(gateway.events).length < 1_000);
});
