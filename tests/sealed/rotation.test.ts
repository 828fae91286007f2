import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import { kidOf, parseBundle } from "@wardwire/crypto/keys/bundle";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { allow, createGateway, type RunningGateway } from "@wardwire/gateway";
import { type Clock, systemClock } from "@wardwire/gateway/clock";
import type { GatewayEvent } from "@wardwire/gateway/events";
import { type LoadedServerKeys, loadServerKeys } from "@wardwire/gateway/server-keys";
import { findFreePort } from "../../packages/cli/src/free-port.ts";
import { systemClock as clientClock } from "../../packages/client/src/platform/clock.ts";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { runWardwire, TemporaryFolder } from "../end-to-end/fixtures/wardwire.ts";
import { logContract } from "../faults/system/application.ts";
import { Load } from "../faults/system/load.ts";
import { LoggedClient } from "../faults/system/logged-client.ts";
import { assertGuarantee } from "../faults/system/verdict.ts";

const rotations = 20;
const comersAndGoers = 50;
/** Between two rotations, at the least. */
const visitsEach = 25;
const dayMs = 86_400_000;
const contract = logContract("sealed");

describe(`${rotations} rotations while ${comersAndGoers} clients come and go and publish`, { timeout: 115_000 }, () => {
  test("one a day, by the gateway's own clock, fail no connect and lose nothing (KB-1.6)", async (t) => {
    await using system = await RotatingSystem.start();
    const versions = await underTraffic(t, system, async () => {
      system.jump(dayMs);
      await system.keys.look();
    });
    assert.equal(system.failedHandshakes, 0, "not even one that the client tried again by itself");
    assert.equal(new Set(versions).size, rotations + 1, "negative control: each day has another bundle");
  });

  // A revoked key goes at once (KB-1.6), from handshakes that are under way too: those begin anew by themselves.
  test("by `wardwire keys revoke` of the key in force keep nobody out and lose nothing (HS-1.6, KB-1.6)", async (t) => {
    await using system = await RotatingSystem.start({ reconnect: true });
    const kids = new Set<string>();
    await underTraffic(t, system, async () => {
      const kid = await system.kidInUse();
      kids.add(kid);
      await system.wardwire("revoke", "--kid", kid);
      await system.keys.look();
      assert.equal(system.erased(kid), true);
    });
    assert.equal(kids.size, rotations, "negative control: each time it was another key");
    assert.notEqual(system.failedHandshakes, 0, "negative control: there were handshakes with keys that were gone");
  });
});

/** Rotates so often, each time after so many more connections; gives the versions of the bundles that were in force. */
async function underTraffic(
  t: { diagnostic(text: string): void },
  system: RotatingSystem,
  rotate: () => Promise<void>,
): Promise<readonly number[]> {
  await using stack = new AsyncDisposableStack();
  const members = await Promise.all(
    ["alice", "bob", "carol"].map((name) =>
      LoggedClient.join(system, name, { channel: "log", id: "tea" }, { contract, serverKey: system.pin }),
    ),
  );
  for (const member of members) stack.use(member);
  const load = new Load(members, { inFlight: 1, pauseMs: 20 });
  stack.defer(() => load.stop());
  await using visits = new Visits(system);
  const versions = [system.version];
  for (let rotation = 0; rotation < rotations; rotation += 1) {
    await rotate();
    versions.push(system.version);
    await visits.another(visitsEach);
  }
  const failures = await visits.stop();
  await load.stop();
  const { received, gaps } = await assertGuarantee(members);
  t.diagnostic(
    `${visits.count} connects, ${failures.length} failed (target 0); ${received} received, ${gaps} gaps (target 0)`,
  );
  t.diagnostic(`${system.failedHandshakes} handshakes had to be begun anew`);
  assert.deepEqual(failures, []);
  assert.equal(gaps, 0);
  assert.deepEqual(
    members.flatMap((member) => member.failures),
    [],
  );
  assert.deepEqual(system.failures, []);
  return versions;
}

/** Clients that connect, publish and leave, over and over; `await using` stops them. */
class Visits implements AsyncDisposable {
  count = 0;
  readonly #failures: string[] = [];
  readonly #lanes: Promise<void>[];
  #stopped = false;
  #visited = Promise.withResolvers<void>();

  constructor(system: RotatingSystem) {
    this.#lanes = Array.from({ length: comersAndGoers }, (_, lane) => this.#visitAgain(system, `visitor-${lane}`));
  }

  /** Resolves after so many more visits. */
  async another(visits: number): Promise<void> {
    const wanted = this.count + visits;
    while (this.count < wanted) await this.#visited.promise;
  }

  /** Resolves when all have left, with what failed for them. */
  async stop(): Promise<readonly string[]> {
    this.#stopped = true;
    await Promise.all(this.#lanes);
    return this.#failures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #visitAgain(system: RotatingSystem, name: string): Promise<void> {
    while (!this.#stopped) {
      await visit(system, name).catch((error: Error) => this.#failures.push(`${name}: ${error.message}`));
      this.count += 1;
      this.#visited.resolve();
      this.#visited = Promise.withResolvers();
    }
  }
}

/** One visit of a client. */
async function visit(system: RotatingSystem, name: string): Promise<void> {
  const client = await connect(`wss://127.0.0.1:${system.port}/ws`, {
    contract,
    socket: nodeSocket({ ca: system.ca }),
    token: name,
    serverKey: system.pin,
    reconnect: system.reconnect,
    clock: { ...clientClock, now: () => system.now() },
  });
  try {
    const channel = await client.join("log", { id: name });
    await channel.publish({ send: name, filling: "" });
  } finally {
    await client.close();
  }
}

/** A gateway in this process with the keys of a folder that `wardwire keys` has made; its clock can jump. */
class RotatingSystem implements AsyncDisposable {
  readonly reconnect: boolean;
  readonly port: number;
  readonly ca: string;
  readonly keys: LoadedServerKeys;
  readonly #folder: TemporaryFolder;
  readonly #running: RunningGateway;
  readonly #events: readonly GatewayEvent[];
  readonly #clock: JumpingClock;

  private constructor(parts: {
    readonly reconnect: boolean;
    readonly port: number;
    readonly ca: string;
    readonly keys: LoadedServerKeys;
    readonly folder: TemporaryFolder;
    readonly running: RunningGateway;
    readonly events: readonly GatewayEvent[];
    readonly clock: JumpingClock;
  }) {
    this.reconnect = parts.reconnect;
    this.port = parts.port;
    this.ca = parts.ca;
    this.keys = parts.keys;
    this.#folder = parts.folder;
    this.#running = parts.running;
    this.#events = parts.events;
    this.#clock = parts.clock;
  }

  /** @param reconnect whether a client that fails to connect tries again; else the first failure counts */
  static async start({ reconnect = false } = {}): Promise<RotatingSystem> {
    const folder = new TemporaryFolder();
    const port = await findFreePort();
    await keysCommand(folder, "init", "--origin", `https://127.0.0.1:${port}`);
    const clock = new JumpingClock();
    const keys = await loadServerKeys(folder.file("keys"), { masterKeyFile: folder.file("master"), clock });
    const events: GatewayEvent[] = [];
    const gateway = createGateway({
      contract,
      allowedOrigins: [],
      authenticate: (credential) =>
        credential.kind === "token"
          ? { ok: true, identity: { userId: credential.token, expiresAt: clock.now() + 365 * dayMs, claims: {} } }
          : { ok: false, code: "token-invalid", detail: "expected a token" },
      authorize: () => allow(),
      commands: {},
      serverKeys: keys,
      clock,
      limits: unhurried,
      observe: (event) => void events.push(event),
    });
    const authority = await TestAuthority.create();
    const tls = await authority.issue({ ipAddresses: ["127.0.0.1"] });
    const running = await gateway.listen({ port, host: "127.0.0.1", tls });
    return new RotatingSystem({ reconnect, port, ca: authority.cert, keys, folder, running, events, clock });
  }

  get pin(): string {
    return String(this.keys.pins[0]);
  }

  get version(): number {
    return parseBundle(this.keys.bundle).version;
  }

  /** The online key that clients encapsulate to now (KB-1.6), in hexadecimal. */
  async kidInUse(): Promise<string> {
    const now = this.now() / 1_000;
    const begun = parseBundle(this.keys.bundle).keys.filter(({ notBefore }) => notBefore <= now);
    const [latest] = begun.toSorted((one, other) => other.notBefore - one.notBefore);
    if (latest === undefined) throw new Error("no key has begun");
    return Buffer.from(await kidOf(nodePrimitives, latest.publicKey)).toString("hex");
  }

  /** Whether the gateway has erased a key. */
  erased(kid: string): boolean {
    return this.#events.some(
      (event) => event.event === "server-keys" && event.change === "key-revoked" && event.kid === kid,
    );
  }

  /** Handshakes that failed because the gateway did not have, or no longer had, the key. */
  get failedHandshakes(): number {
    return this.#events.filter(({ event }) => event === "sealed-failed").length;
  }

  get failures(): readonly GatewayEvent[] {
    return this.#events.filter(({ event }) => event === "failure");
  }

  /** The gateway's time, which its clients have too. */
  now(): number {
    return this.#clock.now();
  }

  jump(ms: number): void {
    this.#clock.offsetMs += ms;
  }

  /** Every token is good: its text is the user. */
  token(user: string): Promise<string> {
    return Promise.resolve(user);
  }

  /** Runs `wardwire keys` on its folder. */
  wardwire(...words: readonly string[]): Promise<void> {
    return keysCommand(this.#folder, ...words);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.close();
    this.#folder[Symbol.dispose]();
  }
}

async function keysCommand(folder: TemporaryFolder, ...[name, ...words]: readonly string[]): Promise<void> {
  const where = ["--folder", folder.file("keys"), "--master-key-file", folder.file("master")];
  const { code, stderr } = await runWardwire(["keys", String(name), ...where, ...words]);
  if (code !== 0) throw new Error(`wardwire keys ${name} ended with ${code}: ${stderr}`);
}

/** The machine's clock, whose time of day can be set forward. */
class JumpingClock implements Clock {
  offsetMs = 0;
  readonly monotonic = systemClock.monotonic;
  readonly after = systemClock.after;
  readonly now = (): number => Date.now() + this.offsetMs;
}

const plenty = 1_000_000;
const unhurried = {
  maxConnectionsPerIp: plenty,
  handshakesPerSecondPerIp: plenty,
  handshakeBurstPerIp: plenty,
  sealedHandshakesPerSecondPerIp: plenty,
  sealedHandshakeBurstPerIp: plenty,
  kemPercent: 100,
  messagesPerSecond: plenty,
  messageBurst: plenty,
  messagesPerSecondPerDevice: plenty,
  messageBurstPerDevice: plenty,
  messagesPerSecondPerUser: plenty,
  messageBurstPerUser: plenty,
};
