import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectDemo, phase, take } from "./fixtures/demo-client.ts";
import { DemoService } from "./fixtures/demo-service.ts";
import { RawSession } from "./fixtures/raw-session.ts";

describe("who says nothing", { timeout: 30_000 }, () => {
  test("is closed with 4408 when connect does not come in time", async () => {
    await using service = await DemoService.start({ limits: { authenticationTimeoutMs: 100 } });
    using session = await RawSession.open(service, { origin: service.origin });
    assert.equal((await session.closed).code, 4408);
    assert.deepEqual(session.messages, []);
  });

  test("is asked by ping after heartbeatMs, and closed with 4409 when it does not answer", async () => {
    await using service = await DemoService.start({ limits: { heartbeatMs: 100 } });
    using session = await RawSession.open(service, { authorization: await service.tokens.token("alice") });
    const connected = await session.request({ type: "connect" });
    assert.ok(connected.type === "connected");
    assert.equal(connected.heartbeatMs, 100);
    await session.next("ping");
    assert.equal((await session.closed).code, 4409);
  });

  test("stays as long as it answers, as our client does", async () => {
    await using service = await DemoService.start({ limits: { heartbeatMs: 100 } });
    await using client = await connectDemo(service, { token: await service.tokens.token("alice") });
    const { connection } = await phase(client, "connected");
    const lobby = await client.join("lobby", { roomId: "tea" });
    using quiet = await RawSession.connect(service, { authorization: await service.tokens.token("bob") });
    // Another one, as silent but for its pongs, has been asked five times: so has our client.
    for (let asked = 0; asked < 5; asked += 1) {
      await quiet.next("ping");
      quiet.send({ type: "pong" });
    }
    await service.gateway.publish("lobby", { roomId: "tea" }, { text: "still there?" });
    assert.deepEqual((await take(1, lobby.messages[Symbol.asyncIterator]()))[0]?.data, { text: "still there?" });
    assert.equal((await phase(client, "connected")).connection, connection);
  });
});
