import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineContract } from "@wardwire/contract";
import * as v from "valibot";
import { createClient } from "../../src/connect.ts";
import { startClient } from "../support/start-client.ts";
import { pins } from "./support/server-keys.ts";
import { reaches, startSealed } from "./support/start-sealed.ts";

const channel = { params: v.null(), message: v.string(), publish: "members" } as const;
const contract = defineContract({
  channels: {
    room: { ...channel, protection: "sealed" },
    lobby: { ...channel, protection: "transport" },
    vault: { ...channel, protection: "end-to-end" },
  },
  commands: {},
  notification: v.string(),
});

describe("serverKey", () => {
  const good = pins.current;
  const malformed: readonly unknown[] = [
    "",
    good.slice("sha256:".length),
    good.slice(0, -1),
    `${good}A`,
    `${good} `,
    `${good}\n`,
    good.replace("sha256:", "sha512:"),
    good.replace("sha256:", "SHA256:"),
    // 43 characters, but of more than 32 bytes.
    `sha256:${"A".repeat(42)}B`,
    `sha256:${"A".repeat(42)}=`,
    `sha256:${"+".repeat(43)}`,
    [],
    [good, ""],
    [good, good, good],
    [[good]],
    null,
    7,
    {},
  ];
  for (const serverKey of malformed) {
    test(`${JSON.stringify(serverKey)} is refused at once, and nothing is opened`, () => {
      const options = { token: "t", serverKey: serverKey as string };
      assert.throws(() => createClient("wss://chat.example/ws", options), { code: "invalid-server-key" });
    });
  }

  test("is one pin, or the current one and the next", async (t) => {
    for (const serverKey of [pins.current, [pins.current, pins.next], [pins.stranger, pins.current]] as const) {
      const { client } = await startSealed(t, { serverKey: serverKey as string });
      await reaches(client, "connected");
      assert.equal(client.security?.protection === "sealed" && client.security.pin, pins.current);
    }
  });
});

describe("require (SR-2.1)", () => {
  test("needs serverKey, and says so at once", () => {
    assert.throws(() => createClient("wss://chat.example/ws", { token: "t", require: "sealed" }), {
      code: "protection-required",
    });
  });

  test("refuses a channel that the gateway does not seal, and leaves it", async (t) => {
    const { client, gateway } = await startSealed(t, { require: "sealed" });
    await reaches(client, "connected");
    await assert.rejects(client.join("lobby", null), { code: "protection-required", origin: "client" });
    assert.equal(gateway.latest.received.at(-1)?.type, "leave");
    assert.equal((await client.join("room", null)).protection, "sealed");
  });

  test("ends a joined channel that a later connection does not seal any more", async (t) => {
    const { client, gateway, clock } = await startSealed(t, { require: "sealed" });
    await reaches(client, "connected");
    const room = await client.join("room", null);
    const left = new Promise<unknown>((resolve) => room.addEventListener("left", ({ detail }) => resolve(detail)));
    gateway.protections = {};
    gateway.latest.close(1012);
    await reaches(client, "waiting");
    await clock.advance(250);
    assert.equal(((await left) as { readonly code: string }).code, "protection-required");
    assert.equal(client.state.phase, "connected");
  });

  test("refuses at once what the contract does not seal", async (t) => {
    const { client, gateway } = await startSealed<typeof contract>(t, { contract, require: "sealed" });
    await reaches(client, "connected");
    await assert.rejects(client.join("lobby", null), { code: "protection-required" });
    assert.equal(
      gateway.latest.received.some(({ type }) => type === "join"),
      false,
    );
    await client.join("room", null);
  });

  test("control: without it, a channel that is not sealed is joined", async (t) => {
    const { client } = await startSealed(t);
    await reaches(client, "connected");
    assert.equal((await client.join("lobby", null)).protection, "transport");
  });
});

describe("the contract (SR-2.1)", () => {
  test("has a sealed channel: without serverKey joining it fails here, and nothing is sent", async (t) => {
    const { client, sockets } = await startClient<typeof contract>(t, { contract });
    await assert.rejects(client.join("room", null), {
      code: "protection-required",
      message: "room is sealed, expected transport",
    });
    assert.equal(
      sockets.latest.sent.some(({ type }) => type === "join"),
      false,
    );
  });

  test("has an end-to-end channel, which no client has yet: joining it fails here", async (t) => {
    const { client } = await startSealed<typeof contract>(t, { contract });
    await reaches(client, "connected");
    await assert.rejects(client.join("vault", null), { code: "protection-required" });
  });
});
