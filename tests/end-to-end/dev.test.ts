import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get } from "node:https";
import { after, before, describe, test } from "node:test";
import { rootCertificates } from "node:tls";
import { RawSession } from "./fixtures/raw-session.ts";
import { DevelopmentGateway, startWardwire, TemporaryFolder } from "./fixtures/wardwire.ts";

/** A promise to people is 3 s; a busy machine of a build farm gets twice that. */
const listeningWithinMs = 6_000;

describe("wardwire dev", { timeout: 60_000, concurrency: 2 }, () => {
  let gateway: DevelopmentGateway;
  let startedInMs: number;

  before(async () => {
    const startedAt = performance.now();
    gateway = await DevelopmentGateway.start(["--public-origin", "https://chat.example"]);
    startedInMs = performance.now() - startedAt;
  });
  after(() => gateway[Symbol.asyncDispose]());

  test("says in its first JSON line where it listens, in time", () => {
    const { event, url, socket, ca, admin, ...rest } = gateway.listening;
    assert.equal(event, "listening");
    assert.match(String(url), /^https:\/\/localhost:\d+\/$/);
    assert.equal(socket, `${String(url).replace(/^https/, "wss")}ws`);
    assert.match(String(admin), /^http:\/\/127\.0\.0\.1:\d+\/?$/);
    assert.equal(ca, gateway.folder.file("ca.pem"));
    assert.ok(existsSync(String(ca)));
    assert.deepEqual(
      Object.keys(rest).filter((key) => key !== "pin"),
      [],
      "nothing else stands in it",
    );
    assert.ok(startedInMs < listeningWithinMs, `listening after ${Math.round(startedInMs)} ms`);
  });

  for (const address of ["127.0.0.1", "::1"]) {
    test(`serves a page with security headers on ${address}`, async () => {
      const { port } = new URL(gateway.url);
      const request = get({ host: address, port, path: "/", servername: "localhost", ca: gateway.ca });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      assert.equal(response.statusCode, 200);
      assert.match(response.headers["content-type"] ?? "", /^text\/html/);
      assert.match(String(response.headers["content-security-policy"]), /default-src 'none'/);
      assert.match(String(response.headers["content-security-policy"]), /frame-ancestors 'none'/);
      assert.match(response.headers["strict-transport-security"] ?? "", /max-age=\d+/);
      assert.equal(response.headers["x-content-type-options"], "nosniff");
      assert.equal(response.headers["referrer-policy"], "no-referrer");
      assert.equal(response.headers["x-powered-by"], undefined);
      assert.match((await response.setEncoding("utf8").toArray()).join(""), /<html/);
    });
  }

  test("has a certificate that only its own authority vouches for", async () => {
    const [error] = await once(get(gateway.url, { ca: [...rootCertificates] }), "error");
    assert.match((error as NodeJS.ErrnoException).code ?? "", /^UNABLE_TO_|SELF_SIGNED/);
  });

  for (const path of ["/healthz", "/readyz"]) {
    test(`answers ${path} on the admin listener`, async () => {
      const [response] = await once(getPlain(new URL(path, String(gateway.listening["admin"]))), "response");
      (response as IncomingMessage).resume();
      assert.equal((response as IncomingMessage).statusCode, 200);
    });
  }

  test("allows its own origin and that of --public-origin, and no other", async () => {
    const token = await gateway.token("alice");
    const open = async (origin: string): Promise<string> => {
      try {
        using session = await RawSession.open(gateway, { origin });
        return (await session.request({ type: "connect", token })).type;
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.equal(await open(gateway.origin), "connected");
    assert.equal(await open("https://chat.example"), "connected");
    assert.match(await open("https://chat.example.attacker.example"), /403/);
  });

  test("takes the tokens of its data folder, made while it runs, with the user, device and time asked for", async () => {
    const authorization = await gateway.token("alice", "--device", "phone", "--ttl", "60");
    using session = await RawSession.open(gateway, { authorization });
    const reply = await session.request({ type: "connect" });
    assert.ok(reply.type === "connected");
    assert.deepEqual({ user: reply.user, device: reply.device }, { user: "alice", device: "phone" });
    const seconds = (reply.expiresAt - Date.now()) / 1_000;
    assert.ok(seconds > 50 && seconds <= 60, `expires in ${seconds} s`);
  });

  test("narrows a token by --grant, and allows everything of the demo contract without", async () => {
    const narrow = await gateway.token("alice", "--grant", "lobby:roomId=tea=join");
    const narrowed = await whatGoes(narrow);
    assert.deepEqual(narrowed, { join: "joined", publish: "forbidden", joinOther: "forbidden", call: "forbidden" });
    const all = await whatGoes(await gateway.token("alice"));
    assert.deepEqual(all, { join: "joined", publish: "published", joinOther: "joined", call: "result" });
  });

  test("refuses the tokens of another data folder (401)", async () => {
    using other = new TemporaryFolder();
    const { stdout } = await startWardwire(["token", "--user", "alice", "--data", other.path]).ended;
    const opening = RawSession.open(gateway, { authorization: stdout.trim() });
    await assert.rejects(opening, /401/);
  });

  test("says that a port is in use, and ends with 3", async () => {
    const { port } = new URL(gateway.url);
    using folder = new TemporaryFolder();
    const { code, stdout, stderr } = await startWardwire(["dev", "--port", port, "--data", folder.path]).ended;
    assert.equal(code, 3);
    assert.match(stderr, new RegExp(`${port}.*port`));
    assert.equal(stdout.includes("listening"), false);
  });

  /** What a token allows: the type of each reply, or the code of the error. */
  async function whatGoes(authorization: string) {
    using session = await RawSession.connect(gateway, { authorization });
    const ask = async (frame: Readonly<Record<string, unknown>>): Promise<string> => {
      const reply = await session.request(frame);
      return reply.type === "error" ? reply.code : reply.type;
    };
    const tea = await session.request({ type: "join", channel: "lobby", params: { roomId: "tea" } });
    const channel = tea.type === "joined" ? tea.channel : 0;
    return {
      join: tea.type,
      publish: await ask({ type: "publish", channel, data: { text: "hi" } }),
      joinOther: await ask({ type: "join", channel: "typing", params: { roomId: "tea" } }),
      call: await ask({ type: "call", command: "renameRoom", input: { roomId: "tea", title: "Tea" } }),
    };
  }
});

describe("wardwire dev, as a process,", { timeout: 60_000, concurrency: 3 }, () => {
  test("ends with 0 on SIGTERM, says goodbye with 1001, and takes up its keys again", async () => {
    await using first = await DevelopmentGateway.start();
    const { ca } = first;
    const token = await first.token("alice");
    using session = await RawSession.connect(first, { authorization: token });

    const [{ code: exitCode }, { code: closeCode }] = await Promise.all([first.program.stop(), session.closed]);
    assert.equal(exitCode, 0);
    assert.equal(closeCode, 1001);

    await using again = startWardwire([
      ...["dev", "--json", "--port", "0", "--admin-port", "0", "--data", first.folder.path],
    ]);
    const { socket } = await again.event("listening");
    using later = await RawSession.connect({ socket: String(socket), ca }, { authorization: token });
    assert.equal(later.messages[0]?.[0]?.type, "connected");
  });

  test("listens on the port that PORT names, 8443 being the default", async () => {
    using folder = new TemporaryFolder();
    await using program = startWardwire(["dev", "--json", "--admin-port", "0", "--data", folder.path], {
      env: { PORT: "0" },
    });
    const { url } = await program.event("listening");
    assert.match(String(url), /^https:\/\/localhost:(?!8443)\d+\/$/);
  });
});
