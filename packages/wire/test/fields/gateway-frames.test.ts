import assert from "node:assert/strict";
import { test } from "node:test";
import { cborCodec } from "@wardwire/wire/cbor";
import { type Decoded, decodeGatewayMessage } from "@wardwire/wire/decode";
import type { GatewayFrame } from "@wardwire/wire/frames";
import { jsonCodec } from "@wardwire/wire/json";
import { clientDecodeLimits } from "@wardwire/wire/limits";

function decodeOne(frame: object): Decoded<GatewayFrame> | undefined {
  const [fromJson] = decodeGatewayMessage(jsonCodec, JSON.stringify(frame), clientDecodeLimits);
  const [fromCbor] = decodeGatewayMessage(cborCodec, cborCodec.encode(frame as GatewayFrame), clientDecodeLimits);
  assert.deepEqual(fromCbor, fromJson);
  return fromJson;
}

const sender = { user: "alice", device: "phone", connection: "c_1" };
const position = { stream: "s", offset: 1 };
const limits = { maxMessageBytes: 65536, maxFrames: 64, maxJoins: 128, messagesPerSecond: 20 };
const message = { offset: 1, message: "m", at: 5, data: null };
const connected = {
  type: "connected",
  id: 1,
  connection: "c",
  user: "u",
  device: "d",
  expiresAt: 0,
  heartbeatMs: 1,
  limits,
};
const joined = { type: "joined", id: 1, channel: 1, name: "lobby", params: null, position };

const taken: object[] = [
  connected,
  joined,
  {
    ...joined,
    recovered: false,
    messages: [message, { ...message, from: sender }],
    present: [{ ...sender, since: 0 }],
  },
  { type: "left", id: 1, channel: 1 },
  { type: "left", channel: 1, code: "token-expired" },
  { type: "message", channel: 1, ...message },
  { type: "presence", channel: 1 },
  { type: "error", code: "a-code-of-a-later-version", message: "" },
  { type: "error", code: "invalid-data", message: "m", path: ["", "a", 0], retryAfterMs: 0 },
];
for (const frame of taken) {
  test(`takes ${JSON.stringify(frame)} (WP-FRAME-20 to WP-FRAME-35)`, () => {
    assert.deepEqual(decodeOne(frame), { ok: true, frame });
  });
}

const refused: [object, (string | number)[] | undefined][] = [
  [{ ...connected, limits: { ...limits, maxJoins: 0 } }, ["limits", "maxJoins"]],
  [{ ...connected, limits: {} }, ["limits", "maxMessageBytes"]],
  [{ ...connected, user: "" }, ["user"]],
  [{ ...connected, expiresAt: 0.5 }, ["expiresAt"]],
  [{ ...connected, heartbeatMs: 0 }, ["heartbeatMs"]],
  [{ ...joined, channel: "lobby" }, ["channel"]],
  [{ ...joined, position: { stream: "s" } }, ["position", "offset"]],
  [{ ...joined, messages: {} }, ["messages"]],
  [{ ...joined, messages: [message, { ...message, at: "now" }] }, ["messages", 1, "at"]],
  [{ ...joined, messages: [{ ...message, from: null }] }, ["messages", 0, "from"]],
  [{ ...joined, present: [sender] }, ["present", 0, "since"]],
  [{ type: "left", channel: 1 }, undefined],
  [{ type: "left", id: 1, channel: 1, code: "kicked" }, undefined],
  [{ type: "left", channel: 1, code: "Kicked" }, ["code"]],
  [{ type: "published", id: 1, offset: -1 }, ["offset"]],
  [{ type: "published", id: 1, offset: 1, duplicate: 1 }, ["duplicate"]],
  [{ type: "result", id: 1 }, ["output"]],
  [{ type: "messages", id: 1, channel: 1, messages: [], position: null }, ["position"]],
  [{ type: "present", id: 1, channel: 1 }, ["present"]],
  [{ type: "message", channel: 1, ...message, from: { user: "u", device: "d" } }, ["from", "connection"]],
  [{ type: "message", channel: 1, offset: 1, message: "m", at: 5 }, ["data"]],
  [{ type: "presence", channel: 1, joined: [null] }, ["joined", 0]],
  [{ type: "notice" }, ["code"]],
  [{ type: "notice", code: "a b" }, ["code"]],
  [{ type: "notification", data: 1 }, ["at"]],
  [{ type: "error", code: "x" }, ["message"]],
  [{ type: "error", code: "x", message: "m", path: ["a", -1] }, ["path", 1]],
  [{ type: "error", code: "x", message: "m", path: ["a", null] }, ["path", 1]],
];
for (const [frame, path] of refused) {
  test(`refuses ${JSON.stringify(frame)} (WP-FRAME-20 to WP-FRAME-35)`, () => {
    const result = decodeOne(frame);
    assert.ok(result?.ok === false);
    assert.deepEqual([result.code, result.path], ["invalid-frame", path]);
  });
}

test("keeps every field of a notice, whatever its code (WP-FRAME-32)", () => {
  const notice = { type: "notice", code: "draining", reconnectAfterMs: 500, where: { nodes: ["a"] } };
  assert.deepEqual(decodeOne(notice), { ok: true, frame: notice });
});

test("says why a left frame is neither reply nor push (WP-FRAME-23)", () => {
  const result = decodeOne({ type: "left", channel: 1 });
  assert.ok(result?.ok === false);
  assert.equal(result.message, "left: expected either id or code, got neither");
});
