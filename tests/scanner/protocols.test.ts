import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ScanOptions } from "@wardwire/scanner/options";
import type { Fault } from "./weak/faults.ts";
import { librariesByDefault, librariesWithCare } from "./weak/libraries.ts";
import { look } from "./weak/look.ts";

const first: ScanOptions = { only: ["WW-HANDSHAKE-01", "WW-FRAME-01", "WW-FRAME-02", "WW-TOKEN-01"] };

/** What is told about a server's protocol: its name, the round trips in text and binary, and what a stranger gets. */
async function told(server: Omit<Fault, "name" | "fires">): Promise<readonly (string | null)[]> {
  const { protocol, findings } = await look({ ...server, options: { ...first, ...server.options } });
  const outcomes = ["WW-FRAME-01", "WW-FRAME-02", "WW-TOKEN-01"].map((wanted) => {
    const finding = findings.find(({ id }) => id === wanted);
    // Identifiers and canaries differ each time.
    return `${finding?.status}: ${finding?.evidence.replace(/[\w-]{16,}.*/, "…")}`;
  });
  return [protocol, ...outcomes];
}

function named(list: readonly Fault[], name: string): Fault {
  const found = list.find((each) => each.name === name);
  assert.ok(found, name);
  return found;
}

/** Fixtures of the other protocols, by their specifications: packages/scanner/test/protocols.test.ts. */
describe("the protocol of a real server is recognised:", { timeout: 60_000 }, () => {
  test("Socket.IO, which lets everybody in", async () => {
    assert.deepEqual(await told(named(librariesByDefault, "Socket.IO 4.8.4")), [
      "Socket.IO",
      'pass: Socket.IO: text "40{\\"sid\\":\\"…',
      "skipped: Socket.IO has none",
      'fail: answered: text "40{\\"sid\\":\\"…',
    ]);
  });

  test("Socket.IO, which asks for a token", async () => {
    const careful = named(librariesWithCare, "Socket.IO 4.8.4 with care");
    const refused = 'text "44{\\"message\\":\\"token-invalid\\"}"';
    assert.deepEqual(await told(careful), [
      "Socket.IO",
      'pass: Socket.IO: text "40{\\"sid\\":\\"…',
      "skipped: Socket.IO has none",
      `pass: ${refused}`,
    ]);
    assert.deepEqual(await told({ ...careful, options: { token: "" } }), [
      "Socket.IO",
      `pass: Socket.IO: ${refused}`,
      "skipped: Socket.IO has none",
      `pass: ${refused}`,
    ]);
  });

  test("none where ws echoes", async () => {
    assert.deepEqual(await told(named(librariesByDefault, "ws 8.23.0")), [
      "bare WebSocket",
      'pass: bare WebSocket: text "wardwire-check …',
      "pass: bare WebSocket: binary …",
      'fail: answered: text "wardwire-check …',
    ]);
  });

  test("MQTT, in which strangers are not authorized", async () => {
    assert.deepEqual(await told({ habits: { session: { speaksMqtt: true } } }), [
      "MQTT",
      "skipped: MQTT has none",
      "pass: MQTT: binary 20020000",
      "pass: binary 20020005",
    ]);
  });

  test("MQTT, and a fault is told where it is spoken once and never again", async () => {
    assert.deepEqual(await told({ habits: { session: { speaksMqtt: true, acknowledgesAtMost: 1 } } }), [
      "MQTT",
      "skipped: MQTT has none",
      "fail: MQTT was answered before, and now came: nothing in time",
      "pass: binary 20020005",
    ]);
  });
});
