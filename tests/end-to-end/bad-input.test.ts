import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connectDemo, take } from "./fixtures/demo-client.ts";
import { DemoService } from "./fixtures/demo-service.ts";
import { type HandshakeOptions, RawSession } from "./fixtures/raw-session.ts";
import type { TokenIssuer } from "./fixtures/token-issuer.ts";

type Fields = Readonly<Record<string, unknown>>;

describe("one gateway, given everything bad,", { timeout: 60_000 }, () => {
  let service: DemoService;

  before(async () => {
    service = await DemoService.start();
  });
  after(() => service[Symbol.asyncDispose]());

  /** A connection that is authenticated and in the lobby `tea`. */
  async function member() {
    const authorization = await service.tokens.token("alice");
    const session = await RawSession.connect(service, { authorization });
    return { session, channel: await session.join("lobby", { roomId: "tea" }) };
  }

  const rename = { type: "call", command: "renameRoom", input: { roomId: "tea", title: "Tea" } };
  const join = { type: "join", channel: "lobby", params: { roomId: "other" } };

  describe("answers an error and goes on:", () => {
    const rejected: readonly [
      what: string,
      code: string,
      frame: Fields | ((channel: number) => Fields),
      path?: unknown,
    ][] = [
      ["an unknown type", "unknown-type", { type: "teleport" }],
      ["a frame only the gateway sends", "unknown-type", { type: "notification", data: { roomId: "tea", title: "x" } }],
      ["a field that is missing", "invalid-frame", { type: "join", channel: "lobby" }, ["params"]],
      ["a field of the wrong type", "invalid-frame", { ...rename, command: 7 }, ["command"]],
      ["null in place of an optional field", "invalid-frame", { ...join, since: null }, ["since"]],
      ["a limit of 0", "invalid-frame", (channel) => ({ type: "history", channel, limit: 0 }), ["limit"]],
      ["a limit of 201", "invalid-frame", (channel) => ({ type: "history", channel, limit: 201 }), ["limit"]],
      ["a key of 65 characters", "invalid-frame", (channel) => ({ ...hi(channel), key: "k".repeat(65) }), ["key"]],
      ["a key with a space", "invalid-frame", (channel) => ({ ...hi(channel), key: "a b" }), ["key"]],
      ["the key constructor", "invalid-frame", { ...rename, input: { constructor: 1 } }],
      ["the key prototype, deep inside", "invalid-frame", { ...rename, unknown: [{ prototype: {} }] }],
      ["a channel the contract does not have", "unknown-channel", { ...join, channel: "attic" }],
      ["a channel named after what every object has", "unknown-channel", { ...join, channel: "toString" }],
      ["a command the contract does not have", "unknown-command", { ...rename, command: "formatDisk" }],
      ["a command named after what every object has", "unknown-command", { ...rename, command: "hasOwnProperty" }],
      ["params that do not fit", "invalid-data", { ...join, params: { roomId: "Tea!" } }, ["roomId"]],
      ["params that are too long", "invalid-data", { ...join, params: { roomId: "a".repeat(65) } }, ["roomId"]],
      ["an input that does not fit", "invalid-data", { ...rename, input: { roomId: "tea", title: "" } }, ["title"]],
      ["an empty message", "invalid-data", (channel) => hi(channel, ""), ["text"]],
      ["2,001 code points", "invalid-data", (channel) => hi(channel, "🍵".repeat(2_001)), ["text"]],
      ["a message that is no object", "invalid-data", (channel) => ({ ...hi(channel), data: "hi" })],
      ["a NUL in a message", "invalid-data", (channel) => hi(channel, "a\0b"), ["text"]],
      ["a channel joined already", "already-joined", { ...join, params: { roomId: "tea" } }],
      ["presence of a channel not joined", "not-joined", { type: "presence", channel: 987_654 }],
    ];
    for (const [what, code, frame, path] of rejected) {
      test(`${what} is ${code}`, async () => {
        const { session, channel } = await member();
        using _ = session;
        const reply = await session.request(typeof frame === "function" ? frame(channel) : frame);
        assert.ok(reply.type === "error", JSON.stringify(reply));
        assert.equal(reply.code, code, reply.message);
        if (path !== undefined) assert.deepEqual(reply.path, path);
        assert.equal((await session.request(rename)).type, "result", "the connection goes on");
      });
    }

    test("the key __proto__ is invalid-frame, at any depth", async () => {
      const { session } = await member();
      using _ = session;
      for (const text of ['{"__proto__":{"admin":true}', '{"unknown":[{"__proto__":1}]']) {
        session.sendRaw(`${text},"type":"call","id":77,"command":"renameRoom","input":{"roomId":"tea","title":"x"}}`);
        const reply = await session.reply(77);
        assert.ok(reply.type === "error" && reply.code === "invalid-frame", JSON.stringify(reply));
      }
    });

    for (const id of [0, -1, 1.5, "1", null, 2 ** 53]) {
      test(`the id ${JSON.stringify(id)} is invalid-frame, without an id`, async () => {
        const { session } = await member();
        using _ = session;
        session.send({ ...rename, id });
        const error = await session.next("error");
        assert.equal(error.code, "invalid-frame");
        assert.equal("id" in error, false);
      });
    }

    test("what is allowed at the very bounds is taken", async () => {
      const { session, channel } = await member();
      using _ = session;
      const longest = "🍵".repeat(2_000);
      const accepted = await session.request({ ...hi(channel, longest), key: "~".repeat(64) });
      assert.equal(accepted.type, "published");
      assert.deepEqual((await session.next("message")).data, { text: longest });
      const roomId = "a".repeat(64);
      assert.equal((await session.request({ ...join, params: { roomId } })).type, "joined");
      const page = await session.request({ type: "history", channel, limit: 200 });
      assert.equal(page.type, "messages");
    });

    test("text is normalised to NFC, and what turns its direction around is stripped", async () => {
      const { session, channel } = await member();
      using _ = session;
      await session.request(hi(channel, "cafe\u0301 \u202Egpj.exe"));
      assert.deepEqual((await session.next("message")).data, { text: "café gpj.exe" });
    });
  });

  describe("closes the connection:", () => {
    const closing: readonly [what: string, code: number, message: string | Uint8Array][] = [
      ["what is no JSON", 1007, "{"],
      ["a key that occurs twice", 1007, '{"type":"pong","type":"pong"}'],
      ["one byte more than 65,536", 1009, JSON.stringify({ type: "pong", pad: "x".repeat(65_537 - 24) })],
      ["a megabyte", 1009, "x".repeat(1_048_576)],
      ["10,000 opening brackets", 4400, "[".repeat(10_000)],
      ["65 frames in a message", 4400, Array(65).fill('{"type":"pong"}').join("\n")],
      ["a frame that is a list", 4400, "[]"],
      ["a frame without a type", 4400, "{}"],
      ["a second connect", 4400, '{"type":"connect","id":9}'],
      ["a binary message on a JSON connection", 1003, Buffer.from('{"type":"pong"}')],
    ];
    for (const [what, code, message] of closing) {
      test(`${what} (${code})`, async () => {
        const { session } = await member();
        using _ = session;
        session.sendRaw(message);
        const closed = await session.closed;
        assert.equal(closed.code, code, closed.reason);
        assert.ok(Buffer.byteLength(closed.reason) <= 123);
      });
    }

    test("bytes that are not UTF-8 (1007)", async () => {
      const { session } = await member();
      using _ = session;
      session.sendBytesAsText(Buffer.from([0x7b, 0xff, 0x7d]));
      assert.equal((await session.closed).code, 1007);
    });

    test("a frame before connect (4400)", async () => {
      using session = await browser();
      session.send({ ...rename, id: 1 });
      assert.equal((await session.closed).code, 4400);
    });

    test("more errors than its budget, having answered the first ones (4413)", async () => {
      const { session } = await member();
      using _ = session;
      for (let message = 0; message < 2; message += 1) session.send(...Array<Fields>(40).fill({ type: "teleport" }));
      assert.equal((await session.next("error")).code, "unknown-type");
      assert.equal((await session.closed).code, 4413);
    });

    test("more frames than the rate allows is rate-limited, then closed when it does not stop (4429)", async () => {
      const { session, channel } = await member();
      using _ = session;
      const flood = (): void => {
        for (let message = 0; message < 10; message += 1) session.send(...Array<Fields>(60).fill(hi(channel)));
      };
      flood();
      const limited = await session.next("error");
      assert.equal(limited.code, "rate-limited");
      assert.ok(limited.retryAfterMs !== undefined && limited.retryAfterMs > 0);
      assert.equal((await session.closed).code, 4429);
    });
  });

  describe("refuses a token:", () => {
    const seconds = (): number => Math.floor(Date.now() / 1_000);
    const bad: readonly [
      what: string,
      code: string,
      close: number,
      make: (tokens: TokenIssuer) => Promise<string> | string,
    ][] = [
      [
        "one that expired a second ago",
        "token-expired",
        4401,
        (t) => t.token("eve", { claims: { exp: seconds() - 1 } }),
      ],
      ["one for another audience", "token-invalid", 4402, (t) => t.token("eve", { claims: { aud: "other" } })],
      [
        "one of another issuer",
        "token-invalid",
        4402,
        (t) => t.token("eve", { claims: { iss: "https://evil.example" } }),
      ],
      ["one without exp", "token-invalid", 4402, (t) => t.token("eve", { claims: { exp: undefined } })],
      ["one without a user", "token-invalid", 4402, (t) => t.token("eve", { claims: { sub: undefined } })],
      [
        "one for later than the tolerance",
        "token-invalid",
        4402,
        (t) => t.token("eve", { claims: { nbf: seconds() + 120 } }),
      ],
      ["one of another type", "token-invalid", 4402, (t) => t.token("eve", { header: { typ: "dpop+jwt" } })],
      ["one of an unknown key", "token-invalid", 4402, (t) => t.token("eve", { header: { kid: "k2" } })],
      ["one that is not signed (none)", "token-invalid", 4402, (t) => t.unsigned("eve")],
      ["an HMAC with the public key as secret", "token-invalid", 4402, (t) => t.confused("eve")],
      ["one whose claims were changed", "token-invalid", 4402, async (t) => tampered(await t.token("eve"))],
      ["what is no JWT", "token-invalid", 4402, () => "not-a-token"],
      ["three dots", "token-invalid", 4402, () => "..."],
    ];
    for (const [what, code, close, make] of bad) {
      test(`${what} is ${code}, closed with ${close}; 401 in the handshake`, async () => {
        const token = await make(service.tokens);
        using session = await browser();
        session.send({ type: "connect", id: 1, token });
        const reply = await session.reply(1);
        assert.ok(reply.type === "error", JSON.stringify(reply));
        assert.equal(reply.code, code);
        assert.equal(reply.message.includes(token), false);
        assert.equal((await session.closed).code, close);
        await assert.rejects(open({ authorization: token }), /401/);
      });
    }

    test("but not one whose nbf lies within the tolerance", async () => {
      using session = await browser();
      const token = await service.tokens.token("alice", { claims: { nbf: seconds() + 30, iat: seconds() + 30 } });
      session.send({ type: "connect", id: 1, token });
      assert.equal((await session.reply(1)).type, "connected");
    });
  });

  describe("refuses an opening handshake:", () => {
    const refused: readonly [what: string, status: number, options: HandshakeOptions][] = [
      ["a hostile origin", 403, { origin: "https://attacker.example" }],
      ["the origin null", 403, { origin: "null" }],
      ["an origin that begins like ours", 403, { origin: "https://chat.example.attacker.example" }],
      ["an origin that ends like ours", 403, { origin: "https://evilchat.example" }],
      ["our origin without TLS", 403, { origin: "http://chat.example" }],
      ["no origin and no credential", 403, {}],
      ["a subprotocol we do not speak", 400, { origin: "https://chat.example", protocols: ["chat.v7"] }],
    ];
    for (const [what, status, options] of refused) {
      test(`${what} (${status})`, async () => {
        await assert.rejects(open(options), new RegExp(`${status}`));
      });
    }

    test("but not our own origin", async () => {
      using session = await browser();
      session.send({ type: "connect", id: 1, token: await service.tokens.token("alice") });
      assert.equal((await session.reply(1)).type, "connected");
    });
  });

  test("and after all of it serves a good client as before", async () => {
    await using alice = await connectDemo(service, { token: await service.tokens.token("alice") });
    await using bob = await connectDemo(service, { token: await service.tokens.token("bob") });
    const reader = (await bob.join("lobby", { roomId: "after" })).messages[Symbol.asyncIterator]();
    await (await alice.join("lobby", { roomId: "after" })).publish({ text: "still here" });
    assert.deepEqual((await take(1, reader))[0]?.data, { text: "still here" });
    assert.deepEqual(await alice.call("renameRoom", { roomId: "after", title: "Tea" }), { title: "Tea" });
  });

  function open(options: HandshakeOptions): Promise<RawSession> {
    return RawSession.open(service, options);
  }

  /** A connection that has not authenticated yet, as from a page of ours. */
  function browser(): Promise<RawSession> {
    return open({ origin: service.origin });
  }
});

function hi(channel: number, text = "hi"): Fields {
  return { type: "publish", channel, data: { text } };
}

/** The same header and signature around claims for another user. */
function tampered(token: string): string {
  const [header, payload = "", signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: "admin" })).toString("base64url");
  return [header, changed, signature].join(".");
}
