import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import { connectDemo, take } from "../../end-to-end/fixtures/demo-client.ts";
import { DemoService } from "../../end-to-end/fixtures/demo-service.ts";
import { ManInTheMiddle } from "./man-in-the-middle.ts";

/** A service whose clients go through a proxy of the same authority. */
async function proxied(): Promise<{ service: DemoService; proxy: ManInTheMiddle } & AsyncDisposable> {
  const service = await DemoService.start();
  const proxy = await ManInTheMiddle.start(await service.authority.issue({ ipAddresses: ["127.0.0.1"] }));
  proxy.leadTo({ port: service.port, ca: service.ca });
  return {
    service,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

test("the proxy carries a connection without our noticing and sees all of it", async () => {
  await using both = await proxied();
  const { proxy, service } = both;
  const token = await service.tokens.token("alice");
  const long = "long-canary-".repeat(100);
  await using client = await connectDemo({ socket: proxy.socket, ca: service.ca }, { token });
  const room = await client.join("lobby", { roomId: "tea" }, { own: true });
  await room.publish({ text: "short-canary" });
  await room.publish({ text: long });
  const [first, second] = await take(2, room.messages[Symbol.asyncIterator]());
  assert.deepEqual([first?.data.text, second?.data.text], ["short-canary", long]);
  const seen = proxy.recording.sightings({ token, message: "short-canary", long, absent: "absent-canary" });
  assert.deepEqual(new Set(seen.map(({ canary }) => canary)), new Set(["token", "message", "long"]));
  assert.equal(proxy.connections, 1);
});

test("the proxy acts at one message of one connection", async () => {
  await using both = await proxied();
  const { proxy, service } = both;
  proxy.tamperWith(() => ({
    carry(message, way) {
      if (way.direction === "up" && way.number === 2)
        way.backward({ opcode: opcodes.text, payload: Buffer.from("{}") });
      else way.forward(message);
    },
  }));
  const token = await service.tokens.token("alice");
  const endpoint = { socket: proxy.socket, ca: service.ca };
  await using client = await connectDemo(endpoint, { token, reconnect: false });
  const ended = once(client, "state");
  await assert.rejects(client.join("lobby", { roomId: "tea" }));
  await ended;
  assert.equal(client.state.phase === "closed" && client.state.reason.code, "protocol-violation");
});

test("the proxy answers a path itself, and asks the gateway for others", async () => {
  await using both = await proxied();
  const { proxy, service } = both;
  await using plain = await ManInTheMiddle.start();
  plain.leadTo({ port: service.port, ca: service.ca });
  plain.answer("/mine", Buffer.from("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nmine"));
  assert.equal(await (await fetch(`${plain.origin}/mine`)).text(), "mine");
  assert.equal((await fetch(`${plain.origin}/other`)).status, 404);
  assert.equal(proxy.connections, 0);
});
