import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaultThresholds, type SignalThresholds } from "../../src/signals/signal.ts";
import { WatchedGateway } from "./watched-gateway.ts";

const address = "192.0.2.7";
const elsewhere = (index: number): string => `198.51.${100 + Math.floor(index / 250)}.${1 + (index % 250)}`;

interface Spike {
  readonly what: string;
  readonly threshold: keyof SignalThresholds;
  readonly raised: readonly string[];
  /** Does it once more, from one place or, for the rules in total, from the `index`th of many. */
  readonly happen: (watched: WatchedGateway, index: number) => Promise<void>;
}

async function refuseOrigin({ gateway }: WatchedGateway, origin: string): Promise<void> {
  await gateway.upgrade({ origin }, "/ws", address);
}

async function failToAuthenticate(watched: WatchedGateway, from: string): Promise<void> {
  assert.equal((await watched.connect("bad", from)).closeCode(), 4402);
}

async function sendNoFrame(watched: WatchedGateway, from: string): Promise<void> {
  const socket = await watched.open(from);
  socket.sendText("{");
  assert.equal(socket.closeCode(), 1007);
}

async function joinTooOften(watched: WatchedGateway, from: string): Promise<void> {
  // A user each, whose own budgets these few frames do not spend.
  const socket = await watched.connect(`user-at-${from}`, from);
  for (const id of [2, 3]) socket.send({ type: "join", id, channel: "plain", params: { roomId: `r${id}` } });
  assert.equal((await socket.next("error")).code, "rate-limited");
  socket.close(1000, "");
}

async function readTooSlowly(watched: WatchedGateway): Promise<void> {
  const socket = await watched.connect("bob", address);
  socket.bufferedBytes = 5_000_000;
  socket.send({ type: "join", id: 2, channel: "plain", params: { roomId: "tea" } });
  assert.equal((await socket.closed()).code, 1013);
}

async function useRevoked(watched: WatchedGateway): Promise<void> {
  assert.equal((await watched.connect("mallory", address)).closeCode(), 4403);
}

const spikes: readonly Spike[] = [
  {
    what: "one page of another origin",
    threshold: "refusedOrigins",
    raised: ["refused-origins origin https://evil.example"],
    happen: (watched) => refuseOrigin(watched, "https://evil.example"),
  },
  {
    what: "pages of many origins",
    threshold: "refusedOriginsTotal",
    raised: ["refused-origins"],
    happen: (watched, index) => refuseOrigin(watched, `https://evil-${index}.example`),
  },
  {
    what: "guessed tokens from one address",
    threshold: "failedAuthentications",
    raised: [`failed-authentications address ${address}`],
    happen: (watched) => failToAuthenticate(watched, address),
  },
  {
    what: "guessed tokens from many addresses",
    threshold: "failedAuthenticationsTotal",
    raised: ["failed-authentications"],
    happen: (watched, index) => failToAuthenticate(watched, elsewhere(index)),
  },
  {
    what: "undecodable messages from one address",
    threshold: "decodeErrors",
    raised: [`decode-errors address ${address}`],
    happen: (watched) => sendNoFrame(watched, address),
  },
  {
    what: "undecodable messages from many addresses",
    threshold: "decodeErrorsTotal",
    raised: ["decode-errors"],
    happen: (watched, index) => sendNoFrame(watched, elsewhere(index)),
  },
  {
    what: "spent budgets of one address",
    threshold: "budgetTrips",
    raised: [`budget-trips address ${address}`],
    happen: (watched) => joinTooOften(watched, address),
  },
  {
    what: "spent budgets of many addresses",
    threshold: "budgetTripsTotal",
    raised: ["budget-trips"],
    happen: (watched, index) => joinTooOften(watched, elsewhere(index)),
  },
  {
    what: "a revoked token that is used",
    threshold: "revokedTokenUses",
    raised: ["revoked-token-used user mallory"],
    happen: useRevoked,
  },
  { what: "slow consumers", threshold: "slowConsumers", raised: ["slow-consumers"], happen: readTooSlowly },
];

async function watch(thresholds: Partial<SignalThresholds> = {}): Promise<WatchedGateway> {
  const limits = { joinBurst: 1, failedAuthenticationBurstPerIp: 1_000, handshakeBurstPerIp: 10_000 };
  const watched = new WatchedGateway(thresholds, { limits });
  await watched.gateway.core.revocations.revoke({ user: "mallory" });
  return watched;
}

for (const { what, threshold, raised, happen } of spikes) {
  const most = defaultThresholds[threshold];

  describe(`${what} (R45, R55)`, { timeout: 20_000 }, () => {
    test(`is a signal at ${most}, and one only in a window`, async () => {
      const watched = await watch();
      for (let index = 0; index < most - 1; index += 1) await happen(watched, index);
      assert.deepEqual(watched.raised, [], "one below the threshold");
      await happen(watched, most - 1);
      assert.deepEqual(watched.raised, raised);
      const { count, windowMs } = watched.signals[0] ?? {};
      assert.deepEqual([count, windowMs], [most, defaultThresholds.windowMs]);
      for (let index = 0; index < 5; index += 1) await happen(watched, index);
      assert.deepEqual(watched.raised, raised, "nothing more within the window");
    });

    test("is none when it is spread over more than a window", async () => {
      const watched = await watch({ [threshold]: 4 });
      for (let index = 0; index < 12; index += 1) {
        await happen(watched, index);
        watched.gateway.clock.pass(defaultThresholds.windowMs / 3);
      }
      assert.deepEqual(watched.raised, []);
    });

    test("is a signal again when it goes on after the window", async () => {
      const watched = await watch({ [threshold]: 3 });
      const spike = async (): Promise<void> => {
        for (let index = 0; index < 3; index += 1) await happen(watched, index);
      };
      await spike();
      watched.gateway.clock.pass(defaultThresholds.windowMs + 1);
      await spike();
      assert.deepEqual(watched.raised, [...raised, ...raised]);
    });
  });
}

describe("what looks like a spike and is none", { timeout: 20_000 }, () => {
  test("expired tokens: whoever guesses has none (R45)", async () => {
    const watched = await watch();
    for (let index = 0; index < 50; index += 1) await watched.connect("old", address);
    assert.deepEqual(watched.raised, []);
  });

  test("credentials that cannot be checked, though they too are closed with 1013", async () => {
    const authenticate = (): never => {
      throw new Error("the key set is down");
    };
    const watched = new WatchedGateway({}, { authenticate });
    for (let index = 0; index < 30; index += 1) assert.equal((await watched.connect("a", address)).closeCode(), 1013);
    assert.deepEqual(watched.raised, []);
  });

  test("a dry run, which refuses nothing", async () => {
    const watched = new WatchedGateway(
      { budgetTrips: 2 },
      { dryRun: true, limits: { joinsPerSecond: 1, joinBurst: 1 } },
    );
    const socket = await watched.connect("alice", address);
    for (let id = 2; id < 12; id += 1) {
      socket.send({ type: "join", id, channel: "plain", params: { roomId: `r${id}` } });
      await socket.next("joined");
    }
    assert.ok(watched.gateway.events.some(({ event }) => event === "rate-limited"));
    assert.deepEqual(watched.raised, []);
  });

  test("data that the contract refuses: it was decoded", async () => {
    const watched = await watch();
    const socket = await watched.connect("alice", address);
    for (let id = 2; id < 32; id += 1) {
      socket.send({ type: "call", id, command: "rename", input: { title: id } });
      assert.equal((await socket.next("error")).code, "invalid-data");
    }
    assert.deepEqual(watched.raised, []);
  });
});

test("faulty frames of an open connection are decode errors, and what the host could not read in total (R55)", async () => {
  const watched = await watch({ decodeErrors: 3, decodeErrorsTotal: 5 });
  const socket = await watched.connect("alice", address);
  for (let id = 2; id < 5; id += 1) socket.send({ type: "join", id, channel: 7 });
  assert.deepEqual(watched.raised, [`decode-errors address ${address}`]);
  for (const code of ["ECONNRESET", "WS_ERR_INVALID_UTF8", "WS_ERR_INVALID_UTF8"]) {
    watched.gateway.core.observe({ event: "peer-problem", what: "WebSocket error", address, code });
  }
  assert.deepEqual(watched.raised, [`decode-errors address ${address}`, "decode-errors"]);
});

test("an IPv6 /64 is one address, and two addresses are two subjects (R45)", async () => {
  const watched = await watch({ failedAuthentications: 2 });
  await failToAuthenticate(watched, "2001:db8::1");
  await failToAuthenticate(watched, "2001:db8:0:1::1");
  assert.deepEqual(watched.raised, []);
  await failToAuthenticate(watched, "2001:db8::ffff:2");
  assert.deepEqual(watched.raised, ["failed-authentications address 2001:db8:0:0::/64"]);
});

test("a token in an origin does not stand in a signal", async () => {
  const watched = await watch({ refusedOrigins: 1 });
  const part = (text: string): string => Buffer.from(text).toString("base64url");
  const canary = [part('{"alg":"HS256"}'), part('{"sub":"canary"}'), part("signature of the canary")].join(".");
  await refuseOrigin(watched, `https://${canary}.example`);
  assert.equal(watched.signals.length, 1);
  assert.equal(JSON.stringify(watched.signals).includes(canary.slice(0, 30)), false);
});

test("every threshold that counts has a rule that fires in this file", () => {
  const tested = new Set<string>(spikes.map(({ threshold }) => threshold));
  const others = ["windowMs", "tokenNetworks", "tokenNetworksWindowMs", "eventLoopLagMs", "descriptorPercent"];
  const untested = Object.keys(defaultThresholds).filter((name) => !tested.has(name) && !others.includes(name));
  assert.deepEqual(untested, ["certificateDays"]);
});

test("thresholds that are none are refused when the gateway is made", () => {
  const wrong: readonly Partial<SignalThresholds>[] = [
    { decodeErrors: 0 },
    { decodeErrors: 1.5 },
    { windowMs: Number.NaN },
    { windowMs: 86_400_001 },
    { surprises: 3 } as Partial<SignalThresholds>,
  ];
  for (const signals of wrong) assert.throws(() => new WatchedGateway(signals), { code: "invalid-options" });
  assert.doesNotThrow(() => new WatchedGateway({ decodeErrors: 1, windowMs: 86_400_000 }));
});
