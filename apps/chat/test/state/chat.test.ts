import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { signal } from "@preact/signals";
import { ClientError } from "@wardwire/client";
import { type Chat, createChat } from "../../src/state/chat.ts";
import { createMemory } from "../../src/state/memory.ts";
import type { Session } from "../../src/state/session.ts";
import { SignInError } from "../../src/state/sign-in.ts";
import { FakeClient, settled } from "./fake-client.ts";
import { storageEvent, storageOver } from "./storage.ts";

/** A tab of one browser; tabs that are given the same items share their storage. */
function openTab(items = new Map<string, string>(), refusal?: ClientError) {
  const events = new EventTarget();
  const clients: FakeClient[] = [];
  const tokens: (string | undefined)[] = [];
  const chat = createChat({
    memory: createMemory(storageOver(items), events),
    connect: (_person, firstToken) => {
      if (refusal !== undefined) throw refusal;
      const client = new FakeClient();
      clients.push(client);
      tokens.push(firstToken);
      return client.asClient;
    },
    fetchToken: async ({ name }) => {
      if (name === "") throw new SignInError("invalid-name", "expected a name");
      return `token-of-${name}`;
    },
    nameDevice: () => "Firefox on Linux 3f9a",
    isVisible: signal(true),
  });
  const hear = (key: string): boolean => events.dispatchEvent(storageEvent(`wardwire.chat.${key}`));
  return { chat, items, clients, tokens, hear };
}

function sessionOf({ screen }: Chat): Session {
  assert.ok(screen.value.phase === "signed-in");
  return screen.value.session;
}

const roomsOf = (chat: Chat): readonly string[] =>
  sessionOf(chat).rooms.list.value.map(({ address }) => `${address.kind}/${address.roomId}`);

describe("the chat", () => {
  test("signs in with a tidy name, connects with the first token and goes to the first room", async () => {
    const { chat, tokens } = openTab();
    await chat.signIn("  Zoe\u0308 ");
    assert.equal(sessionOf(chat).person.name, "Zoë");
    assert.deepEqual(tokens, ["token-of-Zoë"]);
    assert.deepEqual(roomsOf(chat), ["lobby/tea"]);
  });

  test("stays signed out when there is no token, and remembers nothing", async () => {
    const { chat, items } = openTab();
    await assert.rejects(chat.signIn(" "), { code: "invalid-name" });
    assert.equal(chat.screen.value.phase, "signed-out");
    assert.equal(items.size, 0);
  });

  test("asks who is there when no client can be made, and tells whoever signs in why", async () => {
    const before = openTab();
    await before.chat.signIn("alice");
    const refusal = new ClientError("invalid-server-key", "no pin");
    const { chat } = openTab(before.items, refusal);
    assert.deepEqual(chat.screen.value, { phase: "signed-out", name: "alice" });
    await assert.rejects(chat.signIn("alice"), refusal);

    const fresh = openTab(new Map(), refusal);
    await assert.rejects(fresh.chat.signIn("alice"), refusal);
    assert.equal(fresh.items.size, 0, "somebody who never came in is not remembered");
  });

  test("never stores a token", async () => {
    const { chat, items } = openTab();
    await chat.signIn("alice");
    await settled();
    assert.ok(items.size > 0);
    assert.ok([...items.values()].every((value) => !value.includes("token")));
  });

  test("comes back after a reload to person, rooms, titles and the room that was shown", async () => {
    const before = openTab();
    await before.chat.signIn("alice");
    const { rooms } = sessionOf(before.chat);
    rooms.open({ kind: "room", roomId: "plan" });
    rooms.open({ kind: "lobby", roomId: "garden" });
    const [, plan] = rooms.list.value;
    assert.ok(plan);
    rooms.select(plan);
    before.clients[0]?.notify("plan", "The plan");

    const { chat, tokens } = openTab(before.items);
    assert.deepEqual(tokens, [undefined]);
    assert.equal(sessionOf(chat).person.device, "Firefox on Linux 3f9a");
    assert.deepEqual(roomsOf(chat), ["lobby/tea", "room/plan", "lobby/garden"]);
    const selected = sessionOf(chat).rooms.selected.value;
    assert.equal(selected && sessionOf(chat).rooms.titleOf(selected.address), "The plan");
  });

  test("tells a new title by its old one, and shows it", async () => {
    const { chat, clients } = openTab();
    await chat.signIn("alice");
    clients[0]?.notify("tea", "Tea time");
    const { rooms, toasts } = sessionOf(chat);
    assert.equal(toasts.list.value[0]?.text, "“tea” is now called “Tea time”.");
    assert.equal(rooms.titleOf({ kind: "lobby", roomId: "tea" }), "Tea time");
  });

  test("follows another tab into and out of rooms", async () => {
    const one = openTab();
    await one.chat.signIn("alice");
    const two = openTab(one.items);
    sessionOf(two.chat).rooms.open({ kind: "room", roomId: "plan" });
    one.hear("rooms");
    assert.deepEqual(roomsOf(one.chat), ["lobby/tea", "room/plan"]);
    const [tea] = sessionOf(two.chat).rooms.list.value;
    assert.ok(tea);
    sessionOf(two.chat).rooms.leave(tea);
    one.hear("rooms");
    assert.deepEqual(roomsOf(one.chat), ["room/plan"]);
  });

  test("signs out in every tab, forgets everything and says why in the others", async () => {
    const one = openTab();
    await one.chat.signIn("alice");
    const two = openTab(one.items);
    two.chat.signOut();
    assert.equal(one.items.size, 0);
    assert.deepEqual(two.chat.screen.value, { phase: "signed-out", name: "" });
    one.hear("person");
    assert.deepEqual(one.chat.screen.value, { phase: "signed-out", name: "", reason: "other-tab" });
    await settled();
    assert.ok([...one.clients, ...two.clients].every(({ loggedOut }) => loggedOut));
    assert.equal(one.items.size, 0, "a tab that was signed out wrote again");
  });

  test("makes a new connection for the same person, or asks again who it is", async () => {
    const { chat, clients } = openTab();
    await chat.signIn("alice");
    chat.connectAgain();
    assert.equal(clients.length, 2);
    assert.equal(clients[0]?.loggedOut, true);
    assert.equal(sessionOf(chat).person.name, "alice");
    chat.signInAgain();
    assert.deepEqual(chat.screen.value, { phase: "signed-out", name: "alice", reason: "ended" });
  });
});
