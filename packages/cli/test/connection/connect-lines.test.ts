import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import type { Message } from "@wardwire/client";
import type { Json } from "@wardwire/wire/frames";
import { connectLines, type UntypedChannel } from "../../src/connection/connect-lines.ts";
import { createOutput } from "../../src/output.ts";

const channel = { name: "lobby", params: { roomId: "tea" } } as unknown as UntypedChannel;

function message(user: string, data: Json): Message<Json> {
  const sender = { user, device: "d", connection: "c_1" };
  return { sender, at: 1_000, offset: 7, id: "m_1", data, afterGap: false };
}

function written(json: boolean, from: Message<Json>): string {
  const stdout = new PassThrough().setEncoding("utf8");
  connectLines(createOutput(json, { stdout, stderr: new PassThrough() })).message(channel, from);
  return stdout.read();
}

describe("the lines of connect", () => {
  it("are one line of JSON with every field for programs", () => {
    const from = { user: "bob", device: "d", connection: "c_1" };
    assert.deepEqual(JSON.parse(written(true, message("bob", { text: "hi" }))), {
      ...{ event: "message", channel: "lobby", params: { roomId: "tea" } },
      ...{ offset: 7, message: "m_1", from, at: 1_000, data: { text: "hi" } },
    });
  });

  it("are one line for people", () => {
    assert.equal(written(false, message("bob", { text: "hi" })), 'message   lobby:roomId=tea bob: {"text":"hi"}\n');
  });

  it("cannot be steered by what others wrote: neither terminal nor line ends (R53)", () => {
    const hostile = "a\u001b[2J\u009b2J\u202e\u2028\r\nb";
    for (const json of [false, true]) {
      const text = written(json, message(json ? "bob" : hostile, { text: hostile }));
      assert.equal(text.indexOf("\n"), text.length - 1);
      if (!json) assert.doesNotMatch(text.trimEnd(), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });
});
