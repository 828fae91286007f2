import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { PassThrough } from "node:stream";
import { after, before, describe, it } from "node:test";
import { type ConnectOptions, connect } from "../../packages/cli/src/commands/connect.ts";
import { createOutput } from "../../packages/cli/src/output.ts";
import { type Ended, type Running, runCommand, startCommand } from "../../packages/cli/test/support/command.ts";
import { type DevelopmentGateway, developmentGateway } from "../../packages/cli/test/support/development-gateway.ts";
import { temporaryFolder } from "../../packages/cli/test/support/temporary-folder.ts";

let gateway: DevelopmentGateway;
before(async () => {
  gateway = await developmentGateway();
});
after(() => gateway[Symbol.asyncDispose]());

function words(...options: readonly string[]): readonly string[] {
  return ["connect", gateway.listening.socket, "--ca", gateway.listening.ca, ...options];
}

function connectAs(token: string, ...options: readonly string[]): Promise<Ended> {
  return runCommand(words(...options), { env: { WARDWIRE_TOKEN: token } });
}

function eventsOf({ stdout }: Ended): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function namesOf(ended: Ended): readonly unknown[] {
  return eventsOf(ended).map(({ event }) => event);
}

/** An output that remembers its JSON lines. */
function recorder() {
  const stdout = new PassThrough().setEncoding("utf8");
  const output = createOutput(true, { stdout, stderr: new PassThrough() });
  return { output, events: () => eventsOf({ code: null, stdout: stdout.read() ?? "", stderr: "" }) };
}

/** A connection that has joined the lobby `room`. */
async function joined(user: string, room: string, ...options: readonly string[]): Promise<Running> {
  const env = { WARDWIRE_TOKEN: await gateway.token(user) };
  const running = startCommand(words("--join", `lobby:roomId=${room}`, "--json", ...options), { env });
  for (const expected of ["connected", "joined"]) assert.equal(JSON.parse(await running.nextLine()).event, expected);
  return running;
}

describe("wardwire connect", () => {
  it("carries a message from one user to another, and both end with 0", async () => {
    await using bob = await joined("bob", "tea", "--count", "1");
    const token = await gateway.token("alice");
    const alice = await connectAs(token, "--join", "lobby:roomId=tea", "--publish", '{"text":"hello"}', "--json");
    assert.equal(alice.code, 0);
    assert.deepEqual(namesOf(alice), ["connected", "joined", "published", "closed"]);
    const ended = await bob.ended;
    assert.equal(ended.code, 0);
    const [, , message, closed] = eventsOf(ended);
    assert.equal(message?.["event"], "message");
    assert.deepEqual(message?.["data"], { text: "hello" });
    assert.partialDeepStrictEqual(message?.["from"], { user: "alice" });
    assert.deepEqual([closed?.["event"], closed?.["code"]], ["closed", 1000]);
  });

  it("publishes to the last join, and shows its own message with --own alone", async () => {
    const token = await gateway.token("carol");
    const options = ["--join", "lobby:roomId=one", "--join", "lobby:roomId=two", "--publish", '{"text":"x"}', "--json"];
    const without = await connectAs(token, ...options);
    assert.deepEqual(namesOf(without), ["connected", "joined", "joined", "published", "closed"]);
    assert.deepEqual(eventsOf(without)[3]?.["params"], { roomId: "two" });
    const withOwn = await connectAs(token, ...options, "--own");
    assert.ok(namesOf(withOwn).includes("message"));
  });

  it("does not count its own messages", async () => {
    const token = await gateway.token("dave");
    const options = [
      "--join",
      "lobby:roomId=dave",
      "--publish",
      '{"text":"x"}',
      "--own",
      "--count",
      "1",
      "--timeout",
      "1s",
    ];
    const ended = await connectAs(token, ...options, "--json");
    assert.equal(ended.code, 6);
    assert.ok(namesOf(ended).includes("message"));
  });

  it("stays until it is interrupted when there is nothing to wait for, and ends with 130", async () => {
    await using running = await joined("erin", "quiet");
    running.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
  });

  it("ends with 6 when an explicit timeout is over", async () => {
    const ended = await connectAs(await gateway.token("erin"), "--join", "lobby:roomId=quiet", "--timeout", "300ms");
    assert.equal(ended.code, 6);
    assert.match(ended.stderr, /^wardwire: not done after 300 ms; .*--timeout\n$/);
  });

  it("takes the token from a file and from standard input", async () => {
    using folder = temporaryFolder();
    const token = await gateway.token("frank");
    writeFileSync(folder.at("token"), `${token}\n`);
    const options = ["--join", "lobby:roomId=f", "--publish", '{"text":"x"}'];
    assert.equal((await runCommand(words(...options, "--token-file", folder.at("token")))).code, 0);
    const piped = await runCommand(words(...options, "--token-file", "-"), { input: `${token}\n` });
    assert.equal(piped.code, 0);
  });

  it("ends with 4 and names --ca when the certificate is not trusted (R57)", async () => {
    const env = { WARDWIRE_TOKEN: await gateway.token("alice"), NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const ended = await runCommand(["connect", gateway.listening.socket, "--json"], { env });
    assert.equal(ended.code, 4);
    assert.match(ended.stderr, /certificate did not verify.*--ca FILE/);
    assert.equal(eventsOf(ended).at(-1)?.["code"], "unreachable");
  });

  it("ends with 4 when nobody listens", async () => {
    const vacated = createServer().listen(0, "127.0.0.1");
    await once(vacated, "listening");
    const { port } = vacated.address() as AddressInfo;
    vacated.close();
    await once(vacated, "close");
    const env = { WARDWIRE_TOKEN: "a.b.c" };
    const { code, stderr } = await runCommand(["connect", `wss://127.0.0.1:${port}/ws`], { env });
    assert.equal(code, 4);
    assert.match(stderr, /^wardwire: .*ECONNREFUSED.*check the address[^\n]*\n$/);
  });

  it("ends with 5 for a refused token, once and without another attempt", async () => {
    const audience = await gateway.token("alice", { audience: "elsewhere" });
    for (const token of ["not-a-token", audience]) {
      const ended = await connectAs(token, "--json");
      assert.equal(ended.code, 5);
      assert.deepEqual(namesOf(ended), ["error", "failed"]);
      assert.equal(eventsOf(ended)[0]?.["code"], "token-refused");
      assert.equal(ended.stderr.includes(token), false);
    }
  });

  it("ends with 5 and the close code when the token ends meanwhile (R39)", async () => {
    const token = await gateway.token("alice", { ttlSeconds: 2 });
    const ended = await connectAs(token, "--join", "lobby:roomId=tea2", "--count", "1", "--json");
    assert.equal(ended.code, 5);
    const closed = eventsOf(ended).find(({ event }) => event === "closed");
    assert.equal(closed?.["code"], 4401);
  });

  it("is refused, with the gateway's code, for what a grant, the contract or a schema forbids", async () => {
    const narrow = await gateway.token("alice", { grants: ["lobby:*=join"] });
    const wide = await gateway.token("alice");
    const lobby = { channel: "lobby", params: { roomId: "g" } };
    const cases: readonly (readonly [token: string, code: string, options: Partial<ConnectOptions>])[] = [
      [narrow, "forbidden", { join: [lobby], publish: { text: "x" } }],
      [narrow, "forbidden", { join: [{ ...lobby, channel: "typing" }] }],
      [wide, "unknown-channel", { join: [{ ...lobby, channel: "nowhere" }] }],
      [wide, "invalid-data", { join: [{ ...lobby, params: { roomId: "UPPER" } }] }],
      [wide, "invalid-data", { join: [lobby], publish: { text: 7 } }],
    ];
    for (const [token, code, options] of cases) {
      using folder = temporaryFolder();
      writeFileSync(folder.at("token"), token);
      const { listening } = gateway;
      const given = { url: listening.socket, ca: listening.ca, join: [], tokenFile: folder.at("token"), ...options };
      const { output, events } = recorder();
      await assert.rejects(connect(given, output), { code: "refused", message: new RegExp(`answered ${code}`) });
      assert.equal(events().find(({ event }) => event === "error")?.["code"], code);
    }
  });

  it("refuses an address it must not use, before anything is sent (R42, R57)", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("token"), "a.b.c");
    const withToken = "wss://localhost/ws?token=x";
    for (const url of ["ws://chat.test/ws", "https://localhost/ws", "nonsense", "wss://u:p@localhost/ws", withToken]) {
      const given = { url, join: [], tokenFile: folder.at("token") };
      await assert.rejects(connect(given, recorder().output), { code: "usage" }, url);
    }
  });

  it("refuses a file it needs that is missing or wrong", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("token"), "a.b.c");
    writeFileSync(folder.at("junk"), "two words");
    writeFileSync(folder.at("long"), "x".repeat(8_193));
    const cases: readonly Partial<ConnectOptions>[] = [
      { tokenFile: folder.at("none") },
      { tokenFile: folder.at("junk") },
      { tokenFile: folder.at("long") },
      { ca: folder.at("none") },
      { ca: folder.at("junk") },
    ];
    for (const options of cases) {
      const given = { url: gateway.listening.socket, join: [], tokenFile: folder.at("token"), ...options };
      await assert.rejects(connect(given, recorder().output), { code: "configuration" }, JSON.stringify(options));
    }
  });

  it("ends with 2 and says where a token is expected when there is none", async () => {
    const ended = await runCommand(words());
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /^wardwire: .*--token-file FILE or in WARDWIRE_TOKEN[^\n]*\n$/);
  });
});
