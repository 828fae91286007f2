import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createMemory } from "../../src/state/memory.ts";
import { storageEvent, storageOver } from "./storage.ts";

describe("the memory", () => {
  test("gives back who was there, where, and what was looked at", () => {
    const items = new Map<string, string>();
    const memory = createMemory(storageOver(items), new EventTarget());
    memory.keepPerson({ name: "alice", device: "Firefox on Linux 3f9a" });
    memory.keepRooms([{ kind: "room", roomId: "tea", title: "Tea" }]);
    memory.keepSelected("room/tea");

    const reloaded = createMemory(storageOver(items), new EventTarget());
    assert.deepEqual(reloaded.person(), { name: "alice", device: "Firefox on Linux 3f9a" });
    assert.deepEqual(reloaded.rooms(), [{ kind: "room", roomId: "tea", title: "Tea" }]);
    assert.equal(reloaded.selected(), "room/tea");
  });

  test("tells having left every room from never having been in one", () => {
    const memory = createMemory(storageOver(new Map()), new EventTarget());
    assert.equal(memory.rooms(), undefined);
    memory.keepRooms([]);
    assert.deepEqual(memory.rooms(), []);
  });

  test("holds nothing after it was cleared", () => {
    const items = new Map<string, string>();
    const memory = createMemory(storageOver(items), new EventTarget());
    memory.keepPerson({ name: "alice", device: "phone" });
    memory.keepRooms([{ kind: "lobby", roomId: "tea" }]);
    memory.keepSelected("lobby/tea");
    assert.equal(items.size, 3);
    memory.clear();
    assert.equal(items.size, 0);
  });

  test("takes damaged entries as absent", () => {
    const damaged = ["", "{", "null", "[]", '"x"', '{"name":7,"device":"d"}', '{"name":"","device":"d"}'];
    for (const text of damaged) {
      const memory = createMemory(storageOver(new Map([["wardwire.chat.person", text]])), new EventTarget());
      assert.equal(memory.person(), undefined, text);
    }
    const rooms = JSON.stringify([
      { kind: "lobby", roomId: "tea" },
      { kind: "cellar", roomId: "tea" },
      { kind: "room", roomId: "<b>" },
      null,
      7,
    ]);
    const memory = createMemory(storageOver(new Map([["wardwire.chat.rooms", rooms]])), new EventTarget());
    assert.deepEqual(memory.rooms(), [{ kind: "lobby", roomId: "tea" }]);
  });

  test("does without storage where there is none or it throws", () => {
    const broken = storageOver(new Map());
    broken.getItem = broken.setItem = (): never => {
      throw new DOMException("denied", "SecurityError");
    };
    for (const storage of [undefined, broken]) {
      const memory = createMemory(storage, new EventTarget());
      memory.keepPerson({ name: "alice", device: "phone" });
      assert.equal(memory.person(), undefined);
    }
  });

  test("tells what another tab changed until it is no longer listened to", () => {
    const events = new EventTarget();
    const heard: string[] = [];
    const stop = createMemory(storageOver(new Map()), events).watch((what) => heard.push(what));
    for (const key of ["wardwire.chat.person", "wardwire.chat.rooms", "wardwire.chat.selected", "other", null]) {
      events.dispatchEvent(storageEvent(key));
    }
    assert.deepEqual(heard, ["person", "rooms", "person"]);
    stop();
    events.dispatchEvent(storageEvent("wardwire.chat.person"));
    assert.equal(heard.length, 3);
  });
});
