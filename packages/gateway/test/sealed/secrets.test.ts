import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { pino } from "pino";
import type { GatewayEvent } from "../../src/observe/events.ts";
import { logEvents } from "../../src/observe/log.ts";
import { SealedClient, type SealedGateway, sealedClient, sealedGateway } from "../support/sealed-client.ts";

const token = "canary/phone-canary";

/** What can be seen of events, wherever an application writes them; without the user and the device, who are there by right. */
function shown(events: readonly GatewayEvent[]): string {
  const lines: string[] = [];
  const log = logEvents(pino({ level: "debug" }, { write: (line: string) => void lines.push(line) }));
  for (const event of events) log(event);
  const text = `${inspect(events, { depth: 10 })}\n${JSON.stringify(events)}\n${lines.join("")}`;
  return text.replaceAll("'canary'", "").replaceAll('"canary"', "").replaceAll("phone-canary", "");
}

/** A connection that comes to each of its ends, and the secrets there were, in hexadecimal. */
async function wholeLife(sealed: SealedGateway): Promise<readonly string[]> {
  const secrets: string[] = [];
  const keep = (client: SealedClient): void => {
    client.session?.exporter.use((bytes) => secrets.push(Buffer.from(bytes).toString("hex")));
  };
  const alice = await sealedClient(sealed, token);
  keep(alice);
  alice.send({ type: "call", id: 3, command: "rename", input: { title: "canary" } });
  await alice.next("result");
  await alice.rehandshake(sealed.keys);
  keep(alice);
  alice.socket.deliver(Buffer.from(token));
  await alice.socket.closed();
  const bob = await SealedClient.open(sealed.gateway);
  await bob.handshake(sealed.keys);
  keep(bob);
  bob.sendAuth({ type: "connect", id: 1, token, extra: "x" }, { type: "pong" });
  await bob.socket.closed();
  return secrets;
}

describe("what a gateway tells of sealed connections", { timeout: 20_000 }, () => {
  test("has no token, no payload and no key in it (R53)", async () => {
    const sealed = await sealedGateway();
    const secrets = await wholeLife(sealed);
    const { events } = sealed.gateway;
    const kinds = new Set(events.map(({ event }) => event));
    for (const kind of ["sealed", "connected", "rekeyed", "sealed-failed", "disconnected"] as const) {
      assert.ok(kinds.has(kind), kind);
    }
    const text = shown(events);
    assert.equal(text.includes("canary"), false);
    assert.equal(secrets.length, 3);
    for (const secret of secrets) assert.equal(text.includes(secret), false);
  });

  test("would show them if they were there: the search itself works", async () => {
    const sealed = await sealedGateway();
    const [secret = ""] = await wholeLife(sealed);
    for (const what of [token, secret]) {
      const leaked = [...sealed.gateway.events, { event: "peer-problem", what } as const];
      assert.ok(shown(leaked).includes(what === token ? "canary" : secret));
    }
  });

  test("never tells the peer why: all failures of a session look alike from outside (SR-1.4, HS-4.2)", async () => {
    const ends: unknown[] = [];
    for (const wrong of [Buffer.from("x"), new Uint8Array(100).fill(0x12), new Uint8Array(0)]) {
      const sealed = await sealedGateway();
      const alice = await sealedClient(sealed, "alice");
      const before = alice.socket.messages.length;
      alice.socket.deliver(wrong);
      ends.push([await alice.socket.closed(), alice.socket.messages.length - before]);
    }
    assert.deepEqual(new Set(ends.map((end) => JSON.stringify(end))).size, 1);
  });
});
