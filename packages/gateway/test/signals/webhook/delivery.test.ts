import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { describe, test } from "node:test";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { systemClock } from "../../../src/clock.ts";
import { postHttps } from "../../../src/host/node/post-https.ts";
import type { GatewayEvent } from "../../../src/observe/events.ts";
import type { SignalEvent } from "../../../src/signals/signal.ts";
import { maxAttempts, WebhookQueue } from "../../../src/signals/webhook/queue.ts";
import { type WebhookOptions, webhook } from "../../../src/signals/webhook/webhook.ts";
import { type Answer, Receiver } from "./receiver.ts";

const key = Buffer.alloc(32, 7);
const encodedKey = key.toString("base64");
const refusedOrigins: SignalEvent = {
  event: "signal",
  signal: "refused-origins",
  count: 20,
  threshold: 20,
  windowMs: 60_000,
  subject: "https://evil.example",
  per: "origin",
};

/** A queue on the real network and the real clock, which waits no time between attempts. */
class Sender implements Disposable {
  readonly lost: GatewayEvent[] = [];
  readonly #receiver: Receiver;
  readonly #queue: WebhookQueue;
  #waiting: (() => void)[] = [];

  constructor(receiver: Receiver, changes: Partial<WebhookOptions> = {}) {
    const options = {
      url: receiver.url,
      secret: SecretBytes.copyOf(key),
      ca: receiver.ca,
      dangerouslyAllowPrivateTargets: true,
      resolve: async () => ["127.0.0.1"],
      ...changes,
    };
    const observe = (event: GatewayEvent): void => {
      this.lost.push(event);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    this.#receiver = receiver;
    this.#queue = new WebhookQueue(webhook(options), { clock: systemClock, observe, post: postHttps, random: () => 0 });
  }

  send(event: GatewayEvent = refusedOrigins): void {
    this.#queue.hear(event);
  }

  /** Resolves when so many requests have come; fails when a signal was given up before. */
  async arrived(requests: number): Promise<void> {
    const lost = this.failure().then(([reason]) => assert.fail(`given up: ${reason}`));
    await Promise.race([this.#receiver.count(requests), lost]);
  }

  /** Why and after how many attempts the first signal was given up. */
  async failure(): Promise<readonly [reason: string, attempts: number]> {
    while (this.lost.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const [event] = this.lost;
    assert.ok(event?.event === "webhook-failed");
    return [event.reason, event.attempts];
  }

  [Symbol.dispose](): void {
    this.#queue.close();
  }
}

const verified = ({ body, headers }: Receiver["received"][number], secret = encodedKey): unknown =>
  new StandardWebhook(secret).verify(body, headers as Record<string, string>);

describe("a signal on its way to a webhook (R55)", { timeout: 20_000 }, () => {
  for (const [what, secret] of [
    ["SecretBytes", SecretBytes.copyOf(key)],
    ["a KeyObject", createSecretKey(key)],
  ] as const) {
    test(`arrives once, signed by Standard Webhooks with ${what}, and verifies with no other secret`, async () => {
      await using receiver = await Receiver.listen();
      using sender = new Sender(receiver, { secret });
      sender.send();
      await sender.arrived(1);
      const [received] = receiver.received;
      assert.ok(received !== undefined);
      const { event: _, ...data } = refusedOrigins;
      const { timestamp, ...document } = verified(received) as Record<string, unknown>;
      assert.deepEqual(document, { type: "wardwire.signal.refused-origins", data });
      assert.ok(Math.abs(Date.parse(String(timestamp)) - Date.now()) < 60_000);
      assert.throws(() => verified(received, Buffer.alloc(32, 8).toString("base64")), /No matching signature/);
      assert.throws(() => verified({ ...received, body: received.body.replace("20", "21") }), /No matching signature/);
      assert.deepEqual([received.method, received.path], ["POST", "/signals"]);
      assert.equal(received.headers["content-type"], "application/json");
      assert.equal(received.headers.host, `hooks.example:${receiver.port}`);
      assert.deepEqual(sender.lost, []);
    });
  }

  test("is sent again, under the same id and a fresh signature, until it is taken", async () => {
    const statuses = [500, 503, 429, 204];
    await using receiver = await Receiver.listen((response) => response.writeHead(statuses.shift() ?? 204).end());
    using sender = new Sender(receiver);
    sender.send();
    await sender.arrived(4);
    for (const received of receiver.received) verified(received);
    assert.equal(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size, 1);
    sender.send();
    await sender.arrived(5);
    assert.equal(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size, 2);
    assert.deepEqual(sender.lost, []);
  });

  test("comes after the one before it", async () => {
    await using receiver = await Receiver.listen();
    using sender = new Sender(receiver);
    for (let count = 1; count <= 5; count += 1) sender.send({ ...refusedOrigins, count });
    await sender.arrived(5);
    assert.deepEqual(
      receiver.received.map(({ body }) => JSON.parse(body).data.count),
      [1, 2, 3, 4, 5],
    );
  });

  test("is the only event that is posted", async () => {
    await using receiver = await Receiver.listen();
    using sender = new Sender(receiver);
    sender.send({ event: "stopping" });
    sender.send({ event: "webhook-failed", target: "https://a", signal: "decode-errors", reason: "x", attempts: 1 });
    sender.send();
    await sender.arrived(1);
    assert.match(receiver.received[0]?.body ?? "", /refused-origins/);
  });
});

describe("a receiver that does not behave", { timeout: 20_000 }, () => {
  test("that redirects is not followed", async () => {
    await using elsewhere = await Receiver.listen();
    const location = `https://127.0.0.1:${elsewhere.port}/inside`;
    await using receiver = await Receiver.listen((response) => response.writeHead(307, { location }).end());
    using sender = new Sender(receiver);
    sender.send();
    assert.deepEqual(await sender.failure(), ["status-307", maxAttempts]);
    assert.deepEqual([receiver.received.length, elsewhere.received.length], [maxAttempts, 0]);
  });

  const stalling: readonly (readonly [what: string, answer: Answer])[] = [
    ["says nothing", () => undefined],
    ["sends one byte of the head and waits", (response) => void response.socket?.write("H")],
    ["sends informational answers and no other", informEndlessly],
  ];
  for (const [what, answer] of stalling) {
    test(`that ${what} is given up after timeoutMs`, async () => {
      await using receiver = await Receiver.listen(answer);
      using sender = new Sender(receiver, { timeoutMs: 100 });
      sender.send();
      assert.deepEqual(await sender.failure(), ["timeout", maxAttempts]);
    });
  }

  test("that sends a body without an end is cut off: the status is all that is read", async () => {
    let written = 0;
    let cutOff: (() => void) | undefined;
    const isCutOff = new Promise<void>((resolve) => {
      cutOff = resolve;
    });
    await using receiver = await Receiver.listen((response) => {
      response.writeHead(200);
      const timer = setInterval(() => {
        written += 1;
        response.write("x".repeat(65_536));
      }, 1);
      response.once("close", () => {
        clearInterval(timer);
        cutOff?.();
      });
    });
    using sender = new Sender(receiver);
    sender.send();
    await isCutOff;
    assert.deepEqual(sender.lost, [], "200 is 200");
    assert.ok(written < 1_000, `${written} pieces`);
  });

  test("that sends a head larger than 16 KiB is a failure", async () => {
    await using receiver = await Receiver.listen((response) =>
      response.writeHead(200, { x: "y".repeat(20_000) }).end(),
    );
    using sender = new Sender(receiver);
    sender.send();
    assert.deepEqual(await sender.failure(), ["HPE_HEADER_OVERFLOW", maxAttempts]);
  });

  test("whose certificate another authority made, or that is for another name, is not spoken to", async () => {
    await using receiver = await Receiver.listen();
    await using other = await Receiver.listen();
    using stranger = new Sender(receiver, { ca: other.ca });
    stranger.send();
    assert.equal((await stranger.failure())[1], maxAttempts);
    using misnamed = new Sender(receiver, { url: `https://other.example:${receiver.port}/` });
    misnamed.send();
    assert.deepEqual(await misnamed.failure(), ["ERR_TLS_CERT_ALTNAME_INVALID", maxAttempts]);
    assert.equal(receiver.received.length, 0);
  });

  test("that is an address in the URL is verified and reached as that address", async () => {
    await using receiver = await Receiver.listen();
    const url = `https://127.0.0.1:${receiver.port}/signals`;
    const resolve = async (): Promise<never> => assert.fail("an address is not resolved");
    using sender = new Sender(receiver, { url, resolve });
    sender.send();
    await sender.arrived(1);
  });
});

/** Each is whole, so that only a deadline ends it. */
function informEndlessly(response: Parameters<Answer>[0]): void {
  const timer = setInterval(() => response.socket?.write("HTTP/1.1 102 Processing\r\n\r\n"), 5);
  response.once("close", () => clearInterval(timer));
}
