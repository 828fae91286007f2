import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { HttpsPost } from "../../../src/host/node/post-https.ts";
import type { GatewayEvent } from "../../../src/observe/events.ts";
import type { SignalEvent } from "../../../src/signals/signal.ts";
import { maxAttempts, maxWaiting, WebhookQueue } from "../../../src/signals/webhook/queue.ts";
import { parseWebhookSecret } from "../../../src/signals/webhook/secret.ts";
import { type WebhookOptions, webhook } from "../../../src/signals/webhook/webhook.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

const signal: SignalEvent = { event: "signal", signal: "decode-errors", count: 20, threshold: 20, windowMs: 60_000 };
const key = Buffer.alloc(32, 7);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A queue whose network is a list of what would have been sent. */
class PaperSender {
  readonly clock = new ManualClock();
  readonly posts: HttpsPost[] = [];
  readonly lost: (GatewayEvent & { readonly event: "webhook-failed" })[] = [];
  readonly queue: WebhookQueue;
  status: number | Error = 204;
  random = 0;

  constructor(changes: Partial<WebhookOptions> = {}) {
    const options = {
      url: "https://hooks.example/in",
      secret: SecretBytes.copyOf(key),
      resolve: async () => ["93.184.215.14"],
      ...changes,
    };
    this.queue = new WebhookQueue(webhook(options), {
      clock: this.clock,
      observe: (event) => {
        if (event.event === "webhook-failed") this.lost.push(event);
      },
      post: async (post) => {
        this.posts.push(post);
        if (this.status instanceof Error) throw this.status;
        return this.status;
      },
      random: () => this.random,
    });
  }

  async send(): Promise<void> {
    this.queue.hear(signal);
    await settled();
  }
}

const addresses: readonly (readonly [what: string, addresses: readonly string[]])[] = [
  ["loopback", ["127.0.0.1"]],
  ["another address of loopback", ["127.8.8.8"]],
  ["this machine", ["0.0.0.0"]],
  ["a private network", ["10.1.2.3"]],
  ["a private network", ["172.20.0.1"]],
  ["a private network", ["192.168.0.1"]],
  ["carrier-grade NAT", ["100.100.0.1"]],
  ["a metadata service", ["169.254.169.254"]],
  ["benchmarks", ["198.18.0.5"]],
  ["multicast", ["224.0.0.251"]],
  ["broadcast", ["255.255.255.255"]],
  ["IPv6 loopback", ["::1"]],
  ["unspecified", ["::"]],
  ["link-local", ["fe80::1"]],
  ["link-local with a zone", ["fe80::1%lo"]],
  ["unique local", ["fd00::1"]],
  ["mapped loopback", ["::ffff:127.0.0.1"]],
  ["mapped private", ["::ffff:c0a8:1"]],
  ["NAT64", ["64:ff9b::a00:1"]],
  ["6to4", ["2002:a00:1::1"]],
  ["IPv6 multicast", ["ff02::fb"]],
  ["a public and a private one", ["93.184.215.14", "10.0.0.1"]],
  ["a private and a public one", ["::1", "93.184.215.14"]],
  ["what is no address", ["metadata.internal"]],
];

describe("a name that leads inside", () => {
  for (const [what, answer] of addresses) {
    test(`is refused and nothing is sent: ${what}, ${answer.join(" and ")}`, async () => {
      const sender = new PaperSender({ resolve: async () => answer });
      await sender.send();
      assert.deepEqual(
        sender.lost.map(({ reason, attempts }) => [reason, attempts]),
        [["private-target", 1]],
      );
      assert.equal(sender.posts.length, 0);
    });
  }

  test("is refused: localhost, as this system resolves it", async () => {
    const options = { url: "https://localhost/in", secret: SecretBytes.copyOf(key) };
    const lost: GatewayEvent[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const observe = (event: GatewayEvent): void => {
      lost.push(event);
      resolve();
    };
    const post = async (): Promise<never> => assert.fail("nothing may be sent");
    const queue = new WebhookQueue(webhook(options), { clock: new ManualClock(), observe, post, random: () => 0 });
    queue.hear(signal);
    await promise;
    assert.ok(lost[0]?.event === "webhook-failed" && lost[0].reason === "private-target");
    queue.close();
  });

  test("is taken with dangerouslyAllowPrivateTargets, and a public one without", async () => {
    const inside = new PaperSender({ resolve: async () => ["10.0.0.1"], dangerouslyAllowPrivateTargets: true });
    await inside.send();
    const outside = new PaperSender();
    await outside.send();
    assert.deepEqual([inside.posts[0]?.addresses, outside.posts[0]?.addresses], [["10.0.0.1"], ["93.184.215.14"]]);
    assert.deepEqual([...inside.lost, ...outside.lost], []);
  });

  test("that leads outside while it is checked and inside later is connected to where it was checked", async () => {
    const answers = [["93.184.215.14"], ["127.0.0.1"]];
    let asked = 0;
    const sender = new PaperSender({
      resolve: async () => {
        asked += 1;
        return answers.shift() ?? [];
      },
    });
    sender.status = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    await sender.send();
    assert.deepEqual([asked, sender.posts.map((post) => post.addresses)], [1, [["93.184.215.14"]]]);
    sender.clock.pass(0);
    await settled();
    assert.deepEqual([asked, sender.posts.length, sender.lost[0]?.reason], [2, 1, "private-target"]);
  });
});

describe("a webhook that cannot be made", () => {
  const secret = SecretBytes.copyOf(key);
  const wrong: readonly (readonly [what: string, Partial<WebhookOptions>])[] = [
    ["plain HTTP", { url: "http://hooks.example/" }],
    ["a relative URL", { url: "/in" }],
    ["another scheme", { url: "file:///etc/passwd" }],
    ["a user", { url: "https://user@hooks.example/" }],
    ["a fragment", { url: "https://hooks.example/#a" }],
    ["loopback", { url: "https://127.0.0.1/" }],
    ["loopback as a number", { url: "https://2130706433/" }],
    ["loopback in octal", { url: "https://0177.0.0.1/" }],
    ["a short form of loopback", { url: "https://127.1/" }],
    ["IPv6 loopback", { url: "https://[::1]/" }],
    ["mapped loopback", { url: "https://[::ffff:127.0.0.1]/" }],
    ["a metadata service", { url: "https://169.254.169.254/latest" }],
    ["a short secret", { secret: SecretBytes.random(23) }],
    ["a long secret", { secret: SecretBytes.random(65) }],
    ["a text for a secret", { secret: "whsec_text" as unknown as SecretBytes }],
    ["no time", { timeoutMs: 0 }],
    ["an hour", { timeoutMs: 3_600_000 }],
  ];
  for (const [what, changes] of wrong) {
    test(`is refused: ${what}`, () => {
      assert.throws(() => webhook({ url: "https://hooks.example/in", secret, ...changes }), {
        code: "invalid-options",
      });
    });
  }

  test("is made otherwise, with a query and a public address too", () => {
    for (const url of ["https://hooks.example/in?tenant=1", "https://93.184.215.14/", "https://[2606:4700::1]:8443/"]) {
      assert.equal(webhook({ url, secret }).url.href, url);
    }
  });
});

describe("a secret as its receiver shows it", () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);

  test("is read from a file's content, which is erased", () => {
    const content = text(`whsec_${key.toString("base64")}\n`);
    using secret = parseWebhookSecret(content);
    assert.ok(secret.equals(SecretBytes.copyOf(key)));
    assert.ok(content.every((byte) => byte === 0));
  });

  for (const wrong of [
    "",
    "whsec_",
    key.toString("base64"),
    "whsec_short",
    `whsec_${"a-b_".repeat(10)}`,
    "whsec_a b",
  ]) {
    test(`is refused, and not shown: ${JSON.stringify(wrong)}`, () => {
      assert.throws(
        () => parseWebhookSecret(text(wrong)),
        (error: Error & { code?: string }) =>
          error.code === "invalid-options" && (wrong.length < 8 || !error.message.includes(wrong)),
      );
    });
  }
});

describe("a queue of signals", () => {
  test("waits longer after each failure, by chance and at most a minute, and gives up (R55)", async () => {
    const sender = new PaperSender();
    sender.status = 500;
    sender.random = 0.999_999;
    const waits: number[] = [];
    await sender.send();
    while (sender.lost.length === 0) {
      const before = sender.posts.length;
      let waitedMs = 0;
      while (sender.posts.length === before && sender.lost.length === 0) {
        sender.clock.pass(500);
        waitedMs += 500;
        await settled();
      }
      waits.push(waitedMs);
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]);
    assert.deepEqual([sender.lost[0]?.reason, sender.lost[0]?.attempts], ["status-500", maxAttempts]);
    assert.equal(sender.lost[0]?.target, "https://hooks.example", "no path: it may be the receiver's secret");
  });

  test("spreads the attempts of many gateways: half the chance, half the wait", async () => {
    const sender = new PaperSender();
    sender.status = 500;
    sender.random = 0.5;
    await sender.send();
    sender.clock.pass(499);
    await settled();
    assert.equal(sender.posts.length, 1);
    sender.clock.pass(1);
    await settled();
    assert.equal(sender.posts.length, 2);
  });

  test("is bounded: the oldest waiting signal makes room, and that is reported", async () => {
    const sender = new PaperSender();
    sender.status = 500;
    for (let index = 0; index < maxWaiting + 11; index += 1) sender.queue.hear({ ...signal, count: index });
    assert.deepEqual(
      sender.lost.map(({ reason, attempts }) => [reason, attempts]),
      Array.from({ length: 10 }, () => ["too-many-waiting", 0]),
    );
    sender.queue.close();
    await settled();
    assert.equal(sender.lost.length, maxWaiting + 11, "closing gives the others up, and says so");
    assert.ok(sender.lost.slice(10).every(({ reason }) => reason === "closed"));
    assert.equal(sender.clock.timers, 0);
    await sender.send();
    assert.equal(sender.posts.length <= 1, true, "nothing is taken any more");
  });

  test("gives up a resolver that does not answer", async () => {
    const sender = new PaperSender({ resolve: () => new Promise(() => undefined), timeoutMs: 1_000 });
    await sender.send();
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      sender.clock.pass(1_000);
      await settled();
      sender.clock.pass(0);
      await settled();
    }
    assert.deepEqual([sender.lost[0]?.reason, sender.posts.length], ["timeout", 0]);
  });

  test("takes a copy of the secret, and the caller's may go", async () => {
    const secret = SecretBytes.copyOf(key);
    const sender = new PaperSender({ secret });
    secret.dispose();
    await sender.send();
    assert.match(sender.posts[0]?.headers["webhook-signature"] ?? "", /^v1,[\w+/]{43}=$/);
  });
});
