import assert from "node:assert/strict";
import { test } from "node:test";
import { inPhase, startClient } from "../support/start-client.ts";
import { settle } from "../support/virtual-clock.ts";

/** An application that counts the tickets it gives: k1, k2, … */
function counting(): { ticket: () => Promise<string>; readonly calls: () => number } {
  let calls = 0;
  return {
    ticket: async () => {
      calls += 1;
      return `k${calls}`;
    },
    calls: () => calls,
  };
}

for (const sendsAuthorization of [false, true]) {
  test(`a ticket stands in the connect frame and nowhere else${sendsAuthorization ? ", where a header could be sent too" : ""} (R41)`, async (t) => {
    const { sockets } = await startClient(t, counting(), { sendsAuthorization });
    const { ticket, token } = sockets.latest.last("connect");
    assert.deepEqual([ticket, token], ["k1", undefined]);
    assert.equal(sockets.latest.request.authorization, undefined);
    assert.equal(sockets.latest.request.url.includes("k1"), false);
  });
}

test("every attempt has a ticket of its own, as each is good once (R41)", async (t) => {
  const { ticket, calls } = counting();
  const { sockets, clock } = await startClient(t, { ticket });
  for (const expected of ["k2", "k3"]) {
    await sockets.latest.end();
    await clock.advance(500);
    await sockets.latest.accept();
    assert.equal(sockets.latest.last("connect").ticket, expected);
  }
  assert.equal(calls(), 3);
});

test("a connection by ticket is not renewed: at the end of the session (4401) another ticket is asked for (R39)", async (t) => {
  const { ticket } = counting();
  const { client, sockets, clock } = await startClient(t, { ticket });
  sockets.latest.give({ type: "notice", code: "token-expiring", expiresAt: 1 });
  await clock.advance(10_000);
  assert.equal(
    sockets.latest.sent.some(({ type }) => type === "renew"),
    false,
  );
  await sockets.latest.end({ code: 4401 });
  await sockets.latest.accept("c_2");
  assert.equal(sockets.latest.last("connect").ticket, "k2");
  inPhase(client, "connected");
});

test("an application that gives no ticket at first ends the client with token-unavailable", async (t) => {
  const signedOut = async (): Promise<string> => {
    throw new Error("sign in first");
  };
  const { client, sockets } = await startClient(t, { ticket: signedOut }, { connected: false });
  assert.equal(inPhase(client, "closed").reason.code, "token-unavailable");
  assert.equal(sockets.all.length, 0);
});

test("a token that replaces the tickets is a token: sent as one, and renewed", async (t) => {
  const { client, sockets } = await startClient(t, counting());
  const changed = client.setToken("t1");
  await settle();
  const { id } = sockets.latest.last("renew");
  sockets.latest.give({ type: "error", id, code: "token-invalid", message: "another user's" });
  await settle();
  await sockets.latest.accept();
  await changed;
  assert.equal(sockets.latest.last("connect").token, "t1");
});
