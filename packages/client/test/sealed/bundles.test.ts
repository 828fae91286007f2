import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { issueRevocation } from "@wardwire/crypto/keys/revocation";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { ClientError } from "../../src/client-error.ts";
import type { BundleStore } from "../../src/connect.ts";
import { identities, pins, type ServerKeys } from "./support/server-keys.ts";
import { canary, type RigChanges, reaches, startSealed, until } from "./support/start-sealed.ts";

const hour = 3_600;
const day = 24 * hour;
const origin = "https://chat.example";

/** A store that keeps what it is given, and tells. */
class TestStore implements BundleStore {
  text: string | undefined;

  constructor(text?: string) {
    this.text = text;
  }

  async load(): Promise<string | undefined> {
    return this.text;
  }

  async save(text: string): Promise<void> {
    this.text = text;
  }

  /** What it remembers of the origin. */
  get memory(): { readonly highestVersion: number; readonly floorMs: number; readonly revokedPins: readonly string[] } {
    return JSON.parse(this.text ?? "{}")[origin];
  }
}

/** Serves something else than the gateway's newest bundle. */
function serving(make: (keys: ServerKeys, nowSeconds: number) => Promise<Uint8Array>): RigChanges {
  return {
    prepare: async ({ keys, clock }) => {
      keys.served = await make(keys, Math.floor(clock.now() / 1_000));
    },
  };
}

/** A client that ends in back-off before it has opened a socket. */
async function refusedFor(t: TestContext, code: string, changes: RigChanges & { bundleStore?: BundleStore }) {
  const rig = await startSealed(t, changes);
  const { reason } = await reaches(rig.client, "waiting");
  assert.equal(reason.code, code, reason.message);
  assert.equal(rig.wires.all.length, 0);
  assert.equal(rig.wires.recording.includes(canary), false);
  return { ...rig, reason };
}

describe("a bundle that must not be used is key-bundle and back-off; no socket is opened (KB-3)", () => {
  const issued = async (keys: ServerKeys, changes: Parameters<ServerKeys["issue"]>[0]): Promise<Uint8Array> =>
    (await keys.issue(changes)).signed;
  const cases: readonly (readonly [string, (keys: ServerKeys, now: number) => Promise<Uint8Array>])[] = [
    ["another identity's (KB-3.1)", (keys) => issued(keys, { identity: identities.stranger })],
    ["for another origin (KB-3.2)", (keys) => issued(keys, { origins: ["https://other.example"] })],
    ["of a protocol to come", (keys) => issued(keys, { minimumProtocol: 2 })],
    ["changed in its last byte", async (keys) => changedLast(await issued(keys, {}))],
    ["garbage", async () => new Uint8Array(1_000).fill(0x41)],
    ["nothing", async () => new Uint8Array(0)],
    ["longer than a bundle may be (KB-1.5)", async () => new Uint8Array(65_537)],
  ];
  for (const [what, make] of cases) {
    test(what, async (t) => {
      await refusedFor(t, "key-bundle", serving(make));
    });
  }

  function changedLast(bytes: Uint8Array): Uint8Array {
    return bytes.with(-1, (bytes.at(-1) as number) ^ 1);
  }
});

describe("dates that are too far off are clock, and back-off (KB-3.6)", () => {
  const cases: readonly (readonly [string, (keys: ServerKeys, now: number) => ReturnType<ServerKeys["issue"]>])[] = [
    [
      "a bundle that expired more than an hour ago",
      (keys, now) => keys.issue({ notBefore: now - 70 * hour, notAfter: now - hour - 1 }),
    ],
    [
      "a bundle that begins in more than an hour",
      (keys, now) => keys.issue({ notBefore: now + hour + 1, notAfter: now + day }),
    ],
    [
      "a delegate that expired more than a day ago",
      (keys, now) => keys.issue({ delegateValidity: { notBefore: now - 50 * day, notAfter: now - day - 1 } }),
    ],
    [
      "a delegate that begins in more than a day",
      (keys, now) => keys.issue({ delegateValidity: { notBefore: now + day + 1, notAfter: now + 50 * day } }),
    ],
  ];
  for (const [what, issue] of cases) {
    test(what, async (t) => {
      await refusedFor(
        t,
        "clock",
        serving(async (keys, now) => (await issue(keys, now)).signed),
      );
    });
  }

  test("control: what is off by less is tolerated", async (t) => {
    const { client } = await startSealed(t, {
      prepare: async ({ keys, clock }) => {
        const now = Math.floor(clock.now() / 1_000);
        await keys.publish({ delegateValidity: { notBefore: now - 50 * day, notAfter: now - day + 60 } });
      },
    });
    await reaches(client, "connected");
  });

  for (const years of [-1, 1]) {
    test(`this device's clock off by ${years} year: told, and put right it connects`, async (t) => {
      const { client, clock } = await startSealed(t, { prepare: ({ clock }) => clock.skip(years * 365 * day * 1_000) });
      assert.equal((await reaches(client, "waiting")).reason.code, "clock");
      clock.skip(-years * 365 * day * 1_000);
      client.retry();
      await reaches(client, "connected");
    });
  }
});

describe("what was seen of bundles", () => {
  test("is kept in the store, and an older bundle is not believed after a restart (KB-3.3)", async (t) => {
    const bundleStore = new TestStore();
    const first = await startSealed(t, {
      bundleStore,
      prepare: async ({ keys }) => void (await keys.publish({ version: 9 })),
    });
    await reaches(first.client, "connected");
    assert.equal(bundleStore.memory.highestVersion, 9);
    const { reason } = await refusedFor(t, "key-bundle", {
      bundleStore,
      ...serving(async (keys) => (await keys.issue({ version: 8 })).signed),
    });
    assert.match(reason.message, /old one was served/);
  });

  test("control: without a store, a restarted client believes it", async (t) => {
    const { client } = await startSealed(t, { prepare: async ({ keys }) => void (await keys.publish({ version: 8 })) });
    await reaches(client, "connected");
  });

  test("holds across connections of one client, too (KB-3.3)", async (t) => {
    const { client, keys, gateway, clock } = await startSealed(t, {
      prepare: async ({ keys, clock }) => {
        await keys.publish({ version: 12, notAfter: Math.floor(clock.now() / 1_000) + hour });
      },
    });
    await reaches(client, "connected");
    clock.skip(2 * hour * 1_000);
    keys.served = (await keys.issue({ version: 11 })).signed;
    gateway.latest.close(1012);
    await reaches(client, "waiting");
    await clock.advance(250);
    assert.match((await reaches(client, "waiting")).reason.message, /old one was served/);
  });

  test("a revocation is kept, and counts for bundles that come without it (KB-2.3)", async (t) => {
    const bundleStore = new TestStore();
    const serverKey = [pins.current, pins.next] as const;
    const revoking = serving(async (keys, now) => {
      const { publicKey } = identities.current;
      const revocation = await issueRevocation(nodePrimitives, identities.next, publicKey, now);
      return (await keys.issue({ revocations: [revocation] })).signed;
    });
    await refusedFor(t, "key-bundle", { bundleStore, serverKey, ...revoking } as RigChanges);
    assert.deepEqual(bundleStore.memory.revokedPins, [pins.current]);
    await refusedFor(t, "key-bundle", { bundleStore, serverKey } as RigChanges);
    const { client } = await startSealed(t, {
      bundleStore,
      serverKey,
      prepare: async ({ keys }) => void (await keys.publish({ identity: identities.next })),
    });
    await reaches(client, "connected");
    assert.equal(client.security?.protection === "sealed" && client.security.pin, pins.next);
  });

  test("the gateway's time is the floor of this device's, which lags behind (KB-3.5, HS-1.8)", async (t) => {
    const bundleStore = new TestStore();
    const { client, clock } = await startSealed(t, {
      bundleStore,
      prepare: ({ gateway }) => {
        gateway.skewMs = 30 * day * 1_000;
      },
    });
    await reaches(client, "connected");
    assert.equal(bundleStore.memory.floorMs, clock.now() + 30 * day * 1_000);
    await refusedFor(t, "clock", { bundleStore });
  });

  const unusable = ["", "null", "[]", "7", "{", '{"https://chat.example":7}', "x".repeat(70_000)];
  for (const text of unusable) {
    test(`a text that is none counts as nothing: ${text.slice(0, 30)}`, async (t) => {
      const bundleStore = new TestStore(text);
      const { client } = await startSealed(t, { bundleStore });
      await reaches(client, "connected");
      assert.equal(bundleStore.memory.highestVersion, 1);
    });
  }

  test("a store that fails, in reading or in writing, fails the attempt: nothing is opened on its word", async (t) => {
    const failing = (): Promise<never> => Promise.reject(new Error("disk full"));
    const inReading = Object.assign(new TestStore(), { load: failing });
    const { reason } = await refusedFor(t, "key-bundle", { bundleStore: inReading } as RigChanges);
    assert.match(reason.message, /bundle store failed: disk full/);
    await refusedFor(t, "key-bundle", { bundleStore: Object.assign(new TestStore(), { save: failing }) } as RigChanges);
  });
});

describe("fetching a bundle", () => {
  test("happens once, and again when its time is over", async (t) => {
    const { client, wires, gateway, keys, clock } = await startSealed(t);
    const reconnect = async (): Promise<void> => {
      gateway.latest.close(1012);
      await reaches(client, "waiting");
      await clock.advance(250);
      await reaches(client, "connected");
    };
    await reaches(client, "connected");
    await reconnect();
    assert.equal(wires.fetched.length, 1);
    gateway.latest.close(1012);
    await reaches(client, "waiting");
    clock.skip(71 * hour * 1_000);
    await keys.publish();
    client.retry();
    await reaches(client, "connected");
    assert.equal(wires.fetched.length, 2);
  });

  const failures: readonly (readonly [string, () => Promise<never>, string, "waiting" | "closed"])[] = [
    ["the network", () => Promise.reject(new Error("no route")), "unreachable", "waiting"],
    ["an HTTP status", () => Promise.reject(new Error("HTTP 404")), "unreachable", "waiting"],
    [
      "the certificate",
      () => Promise.reject(new ClientError("certificate-refused", "self-signed")),
      "certificate-refused",
      "closed",
    ],
  ];
  for (const [what, fetchBytes, code, phase] of failures) {
    test(`that fails by ${what} is ${code}, and the client is ${phase}`, async (t) => {
      const { client, wires } = await startSealed(t, {
        prepare: ({ wires }) => void Object.assign(wires, { fetchBytes }),
      });
      assert.equal((await reaches(client, phase)).reason.code, code);
      assert.equal(wires.all.length, 0);
    });
  }

  test("that takes too long is given up with the attempt", async (t) => {
    const bounds: { readonly maxBytes: number; readonly signal: AbortSignal }[] = [];
    const { client, clock } = await startSealed(t, {
      prepare: ({ wires }) => {
        wires.fetchBytes = (_url, options) => {
          bounds.push(options);
          return new Promise(() => undefined);
        };
      },
    });
    await until(() => bounds.length === 1);
    assert.equal(bounds[0]?.maxBytes, 65_536);
    await clock.advance(10_000);
    assert.equal((await reaches(client, "waiting")).reason.code, "connect-timeout");
    assert.equal(bounds[0]?.signal.aborted, true);
  });

  test("is given up with the client", async (t) => {
    let given: AbortSignal | undefined;
    const { client } = await startSealed(t, {
      prepare: ({ wires }) => {
        wires.fetchBytes = (_url, { signal }) => {
          given = signal;
          return new Promise(() => undefined);
        };
      },
    });
    await until(() => given !== undefined);
    await client.close();
    assert.equal(given?.aborted, true);
  });
});
