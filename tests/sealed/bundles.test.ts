import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Client, ClientError, type ConnectionOptions, connect } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import type { Bytes } from "@wardwire/crypto/bytes";
import { bundlePath, maxBundleBytes } from "@wardwire/crypto/keys/bundle";
import { systemClock } from "../../packages/client/src/platform/clock.ts";
import { type contract, logContract } from "../faults/system/application.ts";
import { flipped } from "./proxy/interferences.ts";
import type { Tampering } from "./proxy/man-in-the-middle.ts";
import { type LoggedSystem, startLoggedSystem } from "./system/logged-room.ts";
import { lifeFrom, ofAnotherDelegate, ofAnotherIdentity, ofExpiredDelegate, reissued } from "./system/other-bundles.ts";

const hour = 3_600;
const day = 24 * hour;

/** What a proxy may answer in place of the bundle, and what the client says to that. */
const answers: readonly Answer[] = [
  { name: "another identity's bundle", of: ofAnotherIdentity, code: "key-bundle" },
  { name: "a bundle of a delegate nobody has certified", of: ofAnotherDelegate, code: "key-bundle" },
  { name: "a bundle of an expired delegate", of: ofExpiredDelegate, code: "clock" },
  { name: "an expired bundle", of: (bundle) => reissued(bundle, lifeFrom(-3 * day, -day)), code: "clock" },
  { name: "a bundle of next week", of: (bundle) => reissued(bundle, lifeFrom(7 * day, 9 * day)), code: "clock" },
  {
    name: "a bundle for other origins",
    of: (bundle) => reissued(bundle, { origins: ["https://chat.example"] }),
    code: "key-bundle",
  },
  {
    name: "a bundle for clients of a later protocol",
    of: (bundle) => reissued(bundle, { minimumProtocol: 2 }),
    code: "key-bundle",
  },
  {
    name: "a bundle with a flipped bit",
    of: (bundle) => flipped(Buffer.from(bundle), bundle.length >> 1),
    code: "key-bundle",
  },
  { name: "half a bundle", of: (bundle) => bundle.subarray(0, bundle.length >> 1), code: "key-bundle" },
  { name: "nothing", of: () => new Uint8Array(0), code: "key-bundle" },
  { name: "a page", of: () => Buffer.from("<!doctype html><title>Sign in</title>"), code: "key-bundle" },
  { name: "70 KB", of: () => Buffer.alloc(70_000), code: "unreachable" },
  { name: "the largest there may be, of zeros", of: () => Buffer.alloc(maxBundleBytes), code: "key-bundle" },
  { name: "a refusal", head: "HTTP/1.1 503 Service Unavailable", code: "unreachable" },
  { name: "a redirect", head: "HTTP/1.1 302 Found\r\nLocation: /other", code: "unreachable" },
  { name: "half an answer", head: "HTTP/1.1 200 OK\r\nContent-Length: 70000", code: "unreachable" },
  { name: "no HTTP", head: "SSH-2.0-OpenSSH_9.2", code: "unreachable" },
];

const same = (bundle: Bytes): Bytes => bundle;

interface Answer {
  readonly name: string;
  /** What is served, made of what the gateway serves. */
  readonly of?: (bundle: Bytes) => Uint8Array | Promise<Uint8Array>;
  /** In place of `200 OK` and its length. */
  readonly head?: string;
  readonly code: ClientError["code"];
}

describe("a proxy that answers for the key bundle", () => {
  for (const { name, of = same, head, code } of answers) {
    test(`with ${name} gets no handshake, and no token: ${code} (KB-1.5, KB-3)`, async () => {
      await using system = await startLoggedSystem();
      const token = await system.token("alice");
      const body = await of(system.keys.bundle);
      system.proxy.answer(bundlePath, httpAnswer(body, head));
      await assert.rejects(enter(system, { token }), (error) => error instanceof ClientError && error.code === code);
      assert.equal(system.proxy.connections, 0);
      assert.deepEqual(system.proxy.recording.sightings({ token }), []);
      system.proxy.answer(bundlePath, httpAnswer(system.keys.bundle));
      await (await enter(system, { token })).close();
      assert.equal(system.proxy.connections, 1, "negative control: the right bundle is taken from the proxy too");
    });
  }

  test("with an older one is refused by whoever has seen a later one (KB-3.3)", async () => {
    await using system = await startLoggedSystem();
    const old = system.keys.bundle;
    const token = await system.token("alice");
    await system.keys.publish({ origins: [system.proxy.origin] });
    const bundleStore = rememberedInMemory();
    await (await enter(system, { token, bundleStore })).close();
    system.proxy.answer(bundlePath, httpAnswer(old));
    await assert.rejects(enter(system, { token, bundleStore }), { code: "key-bundle" });
    await (await enter(system, { token })).close();
    assert.equal(system.proxy.connections, 2, "negative control: it is good in itself, for whoever remembers nothing");
  });

  test("with one whose key was revoked meanwhile finds that the client does not fall back (HS-1.6)", async () => {
    await using system = await startLoggedSystem();
    const old = system.keys.bundle;
    const token = await system.token("alice");
    await system.keys.publish({ origins: [system.proxy.origin], revokedKids: [system.keys.trusted.kid] });
    system.proxy.answer(bundlePath, httpAnswer(old));
    await assert.rejects(enter(system, { token }), { code: "session-failed" });
    assert.equal(system.proxy.connections, 2, "it fetches once more, and tries once more");
    assert.deepEqual(system.proxy.recording.sightings({ token }), []);
  });
});

describe("a client whose own clock is wrong", () => {
  for (const [name, offset] of [
    ["five days late", 5 * day],
    ["five days early", -5 * day],
  ] as const) {
    test(`by ${name} says so and sends nothing (KB-3.6)`, async () => {
      await using system = await startLoggedSystem();
      const token = await system.token("alice");
      const clock = { ...systemClock, now: () => Date.now() + offset * 1_000 };
      await assert.rejects(enter(system, { token, clock }), { code: "clock" });
      assert.equal(system.proxy.connections, 0);
    });
  }
});

/** What a proxy may make of the opening handshake. */
const strippings: readonly (Tampering & { readonly name: string })[] = [
  { name: "offers no subprotocol in the client's stead", request: (head) => without(head, "sec-websocket-protocol") },
  {
    name: "offers JSON in the client's stead",
    request: (head) => head.replace("wardwire.v1.sealed", "wardwire.v1.json"),
  },
  { name: "tells the client that none was chosen", answer: (head) => without(head, "sec-websocket-protocol") },
  {
    name: "tells the client that JSON was chosen",
    answer: (head) => head.replace("wardwire.v1.sealed", "wardwire.v1.json"),
  },
  { name: "refuses with 400", answer: () => "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" },
  {
    name: "redirects",
    answer: () => "HTTP/1.1 307 Temporary Redirect\r\nLocation: ws://localhost:1/\r\nContent-Length: 0\r\n\r\n",
  },
];

describe("a proxy that takes sealing out of the opening handshake", () => {
  for (const { name, ...tampering } of strippings) {
    test(`and ${name} sees no token (AU-1, SR-3.2)`, async () => {
      await using system = await startLoggedSystem();
      const token = await system.token("alice");
      system.proxy.tamperWith(() => tampering);
      await assert.rejects(enter(system, { token }), ClientError);
      assert.deepEqual(system.proxy.recording.sightings({ token, tail: token.slice(-24) }), []);
      assert.notEqual(system.proxy.connections, 0, "negative control: it was there to be seen");
    });
  }
});

function without(head: string, header: string): string {
  const lines = head.split("\r\n").filter((line) => !line.toLowerCase().startsWith(`${header}:`));
  return lines.join("\r\n");
}

type Entry = Pick<ConnectionOptions, "bundleStore" | "clock"> & { readonly token: string };

function enter(system: LoggedSystem, options: Entry): Promise<Client<typeof contract>> {
  return connect(system.proxy.socket, {
    contract: logContract("sealed"),
    socket: nodeSocket({ ca: system.ca }),
    serverKey: system.serverKey,
    reconnect: false,
    limits: { connectTimeoutMs: 3_000 },
    ...options,
  });
}

/** A whole answer; `head` without the empty line, and with a length unless it says one. */
function httpAnswer(body: Uint8Array, head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}`): Uint8Array {
  return Buffer.concat([Buffer.from(`${head}\r\nConnection: close\r\n\r\n`), body]);
}

function rememberedInMemory(): NonNullable<ConnectionOptions["bundleStore"]> {
  let kept: string | undefined;
  return {
    load: async () => kept,
    save: async (text) => {
      kept = text;
    },
  };
}
