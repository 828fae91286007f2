import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { addressKey, isRoomId, isSameAddress, roomIdFrom } from "../../src/state/address.ts";

describe("roomIdFrom()", () => {
  const examples: readonly [string, string][] = [
    ["tea", "tea"],
    ["  Release plan  ", "release-plan"],
    ["Crème Brûlée", "creme-brulee"],
    ["a_b/c", "a-b-c"],
    ["<b>bold</b>", "b-bold-b"],
    ["茶", ""],
    ["---", ""],
  ];
  for (const [typed, id] of examples) {
    test(`makes "${id}" of "${typed}"`, () => assert.equal(roomIdFrom(typed), id));
  }

  test("makes an id the contract takes of any text, or nothing, and leaves an id as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        const id = roomIdFrom(text);
        assert.ok(id === "" || isRoomId(id), id);
        assert.equal(roomIdFrom(id), id);
      }),
    );
  });
});

test("a lobby and a room of the same id are two places", () => {
  const lobby = { kind: "lobby", roomId: "tea" } as const;
  const room = { kind: "room", roomId: "tea" } as const;
  assert.equal(isSameAddress(lobby, room), false);
  assert.notEqual(addressKey(lobby), addressKey(room));
  assert.equal(isSameAddress(lobby, { ...lobby }), true);
});
