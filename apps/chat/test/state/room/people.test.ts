import assert from "node:assert/strict";
import { test } from "node:test";
import { type Presence, peopleIn } from "../../../src/state/room/people.ts";

const presence = (user: string, device: string, connection: string, since: number): Presence => ({
  user,
  device,
  connection,
  since,
});

test("people are listed with oneself first, then by name, each once with their devices and tabs", () => {
  const people = peopleIn(
    [
      presence("zoe", "phone", "c_1", 5),
      presence("bob", "laptop", "c_2", 4),
      presence("me", "phone", "c_3", 3),
      presence("me", "laptop", "c_4", 2),
      presence("me", "laptop", "c_5", 1),
    ],
    "me",
  );
  assert.deepEqual(
    people.map(({ user, isMe }) => [user, isMe]),
    [
      ["me", true],
      ["bob", false],
      ["zoe", false],
    ],
  );
  assert.deepEqual(people[0]?.devices, [
    { device: "laptop", connections: 2, since: 1 },
    { device: "phone", connections: 1, since: 3 },
  ]);
});

test("a connection that is listed twice, as in two rooms, counts once", () => {
  const twice = [presence("me", "phone", "c_1", 1), presence("me", "phone", "c_1", 9)];
  assert.equal(peopleIn(twice, "me")[0]?.devices[0]?.connections, 1);
});

test("a room without people is an empty list", () => {
  assert.deepEqual(peopleIn([], "me"), []);
});
