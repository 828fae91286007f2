import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import type { Message, Security } from "@wardwire/client";
import type { Json } from "@wardwire/wire/frames";
import { type ConnectLines, connectLines, type UntypedChannel } from "../../src/connection/connect-lines.ts";
import { createOutput } from "../../src/output.ts";

const channel = { name: "lobby", params: { roomId: "tea" } } as unknown as UntypedChannel;

function message(user: string, data: Json): Message<Json> {
  const sender = { user, device: "d", connection: "c_1" };
  return { sender, at: 1_000, offset: 7, id: "m_1", data, afterGap: false };
}

function lineOf(json: boolean, write: (lines: ConnectLines) => void): string {
  const stdout = new PassThrough().setEncoding("utf8");
  write(connectLines(createOutput(json, { stdout, stderr: new PassThrough() })));
  return stdout.read();
}

function written(json: boolean, from: Message<Json>): string {
  return lineOf(json, (lines) => lines.message(channel, from));
}

const state = { phase: "connected", connection: "c_1", user: "bob", device: "d", expiresAt: 9 } as const;
const sealed: Security = {
  ...{ protection: "sealed", suite: "X-Wing + AES-256-GCM", postQuantum: true, pin: "sha256:pin" },
  ...{ keysSince: 1_000, handshakes: 1, bundleExpiresAt: 2_000 },
};

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

  it("tell programs what protects the connection and each channel, and people when it is more than TLS", () => {
    const connected = (json: boolean, security: Security): string =>
      lineOf(json, (lines) => lines.connected(state, security));
    assert.deepEqual(JSON.parse(connected(true, sealed)).security, sealed);
    assert.deepEqual(JSON.parse(connected(true, { protection: "transport" })).security, { protection: "transport" });
    const forPeople = "connected as bob on d, sealed by X-Wing + AES-256-GCM (post-quantum) to sha256:pin\n";
    assert.equal(connected(false, sealed), forPeople);
    assert.equal(connected(false, { protection: "transport" }), "connected as bob on d\n");

    for (const protection of ["sealed", "transport"] as const) {
      const joined = { ...channel, protection, position: { stream: "s", offset: 0 }, present: [] } as const;
      const line = (json: boolean): string =>
        lineOf(json, (lines) => lines.joined(joined as unknown as UntypedChannel));
      assert.equal(JSON.parse(line(true)).protection, protection);
      assert.equal(line(false).includes("lobby:roomId=tea (sealed)"), protection === "sealed");
    }
  });
});
