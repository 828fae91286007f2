import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lossOfStatus } from "../../src/socket/handshake-loss.ts";
import { pins } from "./support/server-keys.ts";
import { canary, flipped, reaches, startSealed, until } from "./support/start-sealed.ts";
import type { Attacker, Wire } from "./support/wire.ts";

/** What whoever is on the way does before there is a session. Each ends in the one error and back-off. */
const attacks: readonly (readonly [what: string, attack: (attacker: Attacker) => void])[] = [
  ...[0, 1, 3, 10, 40, 70, 500, 1_300, 2_400, -1].map(
    (at) =>
      [
        `a changed bit in byte ${at} of message 1`,
        (attacker: Attacker) => {
          attacker.toGateway = (message) => [flipped(message, at)];
        },
      ] as const,
  ),
  ...[0, 1, 600, 1_120, 1_125, -1].map(
    (at) =>
      [
        `a changed bit in byte ${at} of message 2`,
        (attacker: Attacker) => {
          attacker.toClient = (message, number) => [number === 0 ? flipped(message, at) : message];
        },
      ] as const,
  ),
  ["message 2 twice", doubled],
  ["message 1 twice", (attacker) => Object.assign(attacker, { toGateway: twice })],
  ["an empty message 2", (attacker) => Object.assign(attacker, { toClient: () => [new Uint8Array(0)] })],
  ["a message 2 cut short", (attacker) => Object.assign(attacker, { toClient: cutShort })],
  ["message 1 sent back", (attacker) => reflect(attacker)],
  ["a plaintext frame, JSON", (attacker) => Object.assign(attacker, { toClient: () => ['{"type":"ping"}'] })],
  ["a plaintext frame, CBOR", (attacker) => Object.assign(attacker, { toClient: () => [cborPing] })],
  ["the plaintext error of another version", (attacker) => Object.assign(attacker, { toClient: () => [otherError] })],
  ["another subprotocol", (attacker) => Object.assign(attacker, { protocol: "wardwire.v1.cbor" })],
  ["no subprotocol", (attacker) => Object.assign(attacker, { protocol: "" })],
];

const cborPing = Uint8Array.from([0xa1, 0x64, ...Buffer.from("type"), 0x64, ...Buffer.from("ping")]);
const otherError = Uint8Array.of(0x03, 0x01, 0x00, 0x02);

function twice(message: Uint8Array): readonly Uint8Array[] {
  return [message, message];
}

function cutShort(message: Uint8Array): readonly Uint8Array[] {
  return [message.subarray(0, -1)];
}

function doubled(attacker: Attacker): void {
  attacker.toClient = (message, number) => (number === 0 ? twice(message) : [message]);
}

function reflect(attacker: Attacker): void {
  let first: Uint8Array | undefined;
  attacker.toGateway = (message) => {
    first ??= message;
    return [message];
  };
  attacker.toClient = (message, number) => [number === 0 ? (first ?? message) : message];
}

describe("before there is a session", () => {
  for (const [what, attack] of attacks) {
    test(`${what} ends in the one error and back-off, and no token leaves (HS-4.2, SR-1.1, AU-1)`, async (t) => {
      const { client, wires, clock } = await startSealed(t, { prepare: ({ wires }) => attack(wires.attacker) });
      const { reason } = await reaches(client, "waiting");
      assert.match(reason.code, /^(session-failed|truncated)$/);
      assert.equal(wires.recording.includes(canary), false);
      // Without the attacker the next attempt succeeds: nothing but back-off was made of it.
      Object.assign(wires.attacker, { toGateway: pass, toClient: pass, protocol: undefined });
      await clock.advance(1_000);
      await reaches(client, "connected");
    });
  }

  for (const code of [1000, 1002, 4400, 4401, 4402, 4403, 4470, 4471]) {
    test(`a forged close code ${code} means back-off, and the token is not fetched anew (SR-3.2)`, async (t) => {
      let asked = 0;
      const token = (): string => {
        asked += 1;
        return canary;
      };
      const { client, wires } = await startSealed(t, {
        token,
        prepare: ({ wires }) => {
          wires.attacker.toGateway = () => {
            wires.latest.close(code);
            return [];
          };
        },
      });
      const { reason } = await reaches(client, "waiting");
      assert.equal(reason.code, "session-failed");
      assert.equal(reason.closeCode, code);
      assert.equal(asked, 1);
      assert.equal(wires.recording.includes(canary), false);
    });
  }

  for (const status of [200, 301, 401, 403, 404, 429, 503]) {
    test(`HTTP ${status} in place of an upgrade means back-off: nobody has authenticated it (SR-3.2)`, async (t) => {
      const { client } = await startSealed(t, {
        prepare: ({ wires }) => {
          wires.open = (request, observer) => {
            queueMicrotask(() => observer.onClose({ code: 1006, reason: "", loss: lossOfStatus(status) }));
            return wiresSocket(request);
          };
        },
      });
      const { reason } = await reaches(client, "waiting");
      assert.equal(reason.httpStatus, status);
    });
  }

  test("a message 2 that does not come ends in connect-timeout and back-off", async (t) => {
    const { client, wires, clock } = await startSealed(t, {
      prepare: ({ wires }) => {
        wires.attacker.toClient = () => [];
      },
    });
    await until(() => wires.all.length === 1);
    await clock.advance(10_000);
    assert.equal((await reaches(client, "waiting")).reason.code, "connect-timeout");
    assert.equal(wires.recording.includes(canary), false);
  });

  test("message 2 of another connection is no answer to this one", async (t) => {
    let other: Uint8Array | undefined;
    const { client, wires, clock } = await startSealed(t, {
      prepare: ({ wires }) => {
        wires.attacker.toClient = (message, number) => {
          if (number > 0) return [message];
          const spliced = other;
          other ??= message;
          return [spliced ?? message];
        };
      },
    });
    await reaches(client, "connected");
    wires.latest.close(1006);
    await reaches(client, "waiting");
    await clock.advance(250);
    assert.equal((await reaches(client, "waiting")).reason.code, "session-failed");
  });

  test("a gateway with keys of its own, and the bundle of the real one, learns nothing", async (t) => {
    const { client, wires } = await startSealed(t, {
      prepare: async ({ keys }) => {
        // The kid is served, but its private key is someone else's.
        const { signed } = await keys.issue();
        keys.served = signed;
      },
    });
    assert.equal((await reaches(client, "waiting")).reason.code, "session-failed");
    assert.equal(wires.recording.includes(canary), false);
  });
});

describe("a gateway that does not know the key", () => {
  test("makes the client fetch the bundle, and try once more, on a socket of its own (HS-1.6)", async (t) => {
    const { client, wires, keys } = await startSealed(t, {
      prepare: async ({ keys, wires }) => {
        const { signed } = await keys.issue();
        const good = await keys.publish();
        const served = [signed, good];
        wires.fetchBytes = async (url) => {
          wires.fetched.push(url);
          return served.shift() ?? good;
        };
      },
    });
    await reaches(client, "connected");
    assert.deepEqual(wires.fetched, Array(2).fill("https://chat.example/.well-known/wardwire-keys"));
    assert.equal(wires.all.length, 2);
    assert.equal(wires.all[0]?.closedWith === undefined, false);
    assert.ok(keys.served.length > 0);
  });

  test("twice in a row means back-off; it never falls back to less (HS-1.6)", async (t) => {
    const { client, wires, keys } = await startSealed(t, {
      serverKey: [pins.current, pins.next],
      prepare: async ({ keys }) => {
        keys.served = (await keys.issue()).signed;
      },
    });
    assert.equal((await reaches(client, "waiting")).reason.code, "session-failed");
    assert.equal(wires.fetched.length, 2);
    assert.equal(wires.all.length, 2);
    for (const { request } of wires.all) assert.deepEqual(request.protocols, ["wardwire.v1.sealed"]);
    assert.equal(wires.recording.includes(canary), false);
    assert.ok(keys.served.length > 0);
  });
});

function pass(message: Uint8Array): readonly Uint8Array[] {
  return [message];
}

/** A socket that is never open. */
function wiresSocket(request: Wire["request"]): { [K in "send" | "close" | "terminate"]: () => void } & {
  readonly bufferedAmount: number;
} {
  const nothing = (): void => assert.ok(request);
  return { bufferedAmount: 0, send: nothing, close: nothing, terminate: nothing };
}
