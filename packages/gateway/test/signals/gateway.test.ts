import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { describe, test } from "node:test";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { WebSocket } from "ws";
import { systemClock } from "../../src/clock.ts";
import { allow, createGateway, webhook } from "../../src/gateway.ts";
import type { GatewayEvent } from "../../src/observe/events.ts";
import type { SignalThresholds } from "../../src/signals/signal.ts";
import { lookEveryMs } from "../../src/signals/vital-signs.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { contract, GatewayOnPaper } from "../gateway-on-paper.ts";
import { TestAuthority } from "../host/certificates.ts";
import { Receiver } from "./webhook/receiver.ts";

const key = Buffer.alloc(32, 7);

/** A gateway as short as it can be made but for thresholds, on a clock the test turns. */
function shortest(signals: Partial<SignalThresholds> = {}) {
  const clock = new ManualClock();
  const events: GatewayEvent[] = [];
  const gateway = createGateway({
    contract,
    allowedOrigins: ["https://chat.example"],
    authenticate: () => ({ ok: false, code: "token-invalid", detail: "a bad one" }),
    authorize: () => allow(),
    commands: { rename: ({ input }) => ({ title: input.title }) },
    observe: (event) => events.push(event),
    clock,
    signals,
  });
  const raised = (): string[] => events.flatMap((event) => (event.event === "signal" ? [event.signal] : []));
  return { gateway, clock, events, raised };
}

async function tls(validForMs: number) {
  const authority = await TestAuthority.create();
  const notAfter = new Date(Date.now() + validForMs);
  return { ...(await authority.issue({ dnsNames: ["localhost"], notAfter })), ca: authority.cert };
}

function refusedOrigin(port: number, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      Origin: "https://evil.example",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    request({ host: "localhost", port, path: "/ws", ca, headers, agent: false })
      .once("response", (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .once("error", reject)
      .end();
  });
}

describe("a gateway made without a word about signals (R45, R55)", { timeout: 20_000 }, () => {
  test("raises refused origins over real sockets, and counts them in its metrics", async () => {
    const { gateway, raised } = shortest();
    const { cert, key: privateKey, ca } = await tls(60 * 86_400_000);
    await using running = await gateway.listen({ port: 0, host: "localhost", tls: { cert, key: privateKey } });
    const port = running.addresses[0]?.port ?? 0;
    for (let index = 0; index < 20; index += 1) assert.equal(await refusedOrigin(port, ca), 403);
    assert.deepEqual(raised(), ["refused-origins"]);
    const metrics = await gateway.metrics();
    assert.match(metrics, /^wardwire_handshakes_refused_total\{cause="origin"\} 20$/m);
    assert.match(metrics, /^wardwire_signals_total\{signal="refused-origins"\} 1$/m);
    assert.match(metrics, /^wardwire_certificate_expiry_timestamp_seconds \d{10}$/m);
    assert.equal(metrics.includes("evil.example"), false);
  });

  const undecodable: readonly (readonly [what: string, frame: Buffer])[] = [
    ["text that is no UTF-8", Buffer.from([0xff, 0xfe])],
    ["a message above maxMessageBytes", Buffer.alloc(70_000, 0x20)],
  ];
  for (const [what, frame] of undecodable) {
    test(`hears of what its host could not read: ${what}`, async () => {
      const { gateway, raised } = shortest({ decodeErrorsTotal: 3 });
      const { cert, key: privateKey, ca } = await tls(60 * 86_400_000);
      await using running = await gateway.listen({ port: 0, host: "localhost", tls: { cert, key: privateKey } });
      const url = `wss://localhost:${running.addresses[0]?.port}/ws`;
      for (let index = 0; index < 3; index += 1) {
        const client = new WebSocket(url, "wardwire.v1.json", { ca, origin: "https://chat.example" });
        client.on("error", () => undefined);
        await once(client, "open");
        client.send(frame, { binary: false });
        await once(client, "close");
      }
      assert.deepEqual(raised(), ["decode-errors"]);
    });
  }

  for (const [days, expected] of [
    [13, ["certificate-expiring"]],
    [30, []],
  ] as const) {
    test(`looks at its certificate: ${days} days to go`, async () => {
      const { gateway, clock, raised } = shortest();
      // The certificate is of today, and the clock of the test stands elsewhere.
      clock.wallStepMs = Date.now() - clock.now();
      const { cert, key: privateKey } = await tls(days * 86_400_000);
      await using _running = await gateway.listen({ port: 0, host: "127.0.0.1", tls: { cert, key: privateKey } });
      assert.deepEqual(raised(), []);
      clock.pass(lookEveryMs);
      await looked(clock);
      assert.deepEqual(raised(), expected);
    });
  }

  test("looks at nothing before it listens and after it has closed", async () => {
    const { gateway, clock } = shortest();
    assert.equal(clock.timers, 0);
    const running = await gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });
    assert.equal(clock.timers, 1);
    await running.close();
    assert.equal(clock.timers, 0);
  });
});

/** Resolves when the look under way has ended and the next one is due. */
async function looked(clock: ManualClock): Promise<void> {
  while (clock.timers === 0) await new Promise((resolve) => setImmediate(resolve));
}

describe("a gateway with a webhook (R55)", { timeout: 20_000 }, () => {
  test("posts what strangers do, and nothing of a token or a payload", async () => {
    await using receiver = await Receiver.listen();
    const hook = webhook({
      url: receiver.url,
      secret: SecretBytes.copyOf(key),
      ca: receiver.ca,
      dangerouslyAllowPrivateTargets: true,
      resolve: async () => ["127.0.0.1"],
    });
    const gateway = new GatewayOnPaper({
      webhooks: [hook],
      clock: systemClock,
      signals: { failedAuthentications: 2, refusedOrigins: 1, decodeErrors: 2, budgetTrips: 1, revokedTokenUses: 1 },
      limits: { joinBurst: 1, joinsPerSecond: 1 },
      authenticate: (credential) => {
        if (credential.kind !== "token" || !credential.token.startsWith("good")) {
          return { ok: false, code: "token-invalid", detail: "no" };
        }
        const userId = credential.token.split("-")[1] ?? "";
        return { ok: true, identity: { userId, expiresAt: Date.now() + 60_000, claims: { note: canary } } };
      },
    });
    const canary = "canary-9f3b2c71d0";
    await gateway.core.revocations.revoke({ user: "mallory" });
    for (const token of [`bad-${canary}`, `bad-${canary}`, `good-mallory-${canary}`]) {
      const socket = await gateway.open();
      socket.send({ type: "connect", id: 1, token });
      await socket.closed();
    }
    await gateway.upgrade({ origin: "https://evil.example", authorization: `Bearer ${canary}` }, `/ws?token=${canary}`);
    const alice = await gateway.connect(`good-alice-${canary}`);
    for (const id of [2, 3]) alice.send({ type: "join", id, channel: "plain", params: { roomId: "tea" } });
    await alice.next("error");
    for (const id of [4, 5]) alice.send({ type: "publish", id, channel: "plain", data: { text: canary } });
    await receiver.count(5);
    const verifier = new StandardWebhook(key.toString("base64"));
    const types = receiver.received.map(({ body, headers }) => {
      const document = verifier.verify(body, headers as Record<string, string>) as { readonly type: string };
      return document.type;
    });
    assert.deepEqual(types.toSorted(), [
      "wardwire.signal.budget-trips",
      "wardwire.signal.decode-errors",
      "wardwire.signal.failed-authentications",
      "wardwire.signal.refused-origins",
      "wardwire.signal.revoked-token-used",
    ]);
    assert.equal(JSON.stringify(receiver.received).includes(canary), false);
    assert.equal(JSON.stringify(gateway.events).includes(canary), false, "nor does any event");
    for (const queue of gateway.core.webhooks) queue.close();
  });

  test("that cannot be reached goes on, and says what did not arrive", async () => {
    const events: GatewayEvent[] = [];
    const resolve = async (): Promise<readonly string[]> => ["10.0.0.1"];
    const hook = webhook({ url: "https://hooks.example/in", secret: SecretBytes.copyOf(key), resolve });
    const gateway = new GatewayOnPaper({
      webhooks: [hook],
      signals: { refusedOrigins: 1 },
      observe: (event) => events.push(event),
    });
    await gateway.upgrade({ origin: "https://evil.example" });
    await gateway.connect("alice");
    await new Promise((done) => setImmediate(done));
    const failed = events.find(({ event }) => event === "webhook-failed");
    assert.ok(failed?.event === "webhook-failed" && failed.reason === "private-target");
    const text = await gateway.core.metrics.text({
      openConnections: 1,
      unauthenticatedConnections: 0,
      channels: 0,
      outboundBytes: 0,
      incompleteBytes: 0,
      forgottenSubjects: 0,
      suppressedSignals: 0,
    });
    assert.match(text, /^wardwire_webhooks_failed_total 1$/m);
  });
});
