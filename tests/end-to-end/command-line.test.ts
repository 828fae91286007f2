import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { Program, ProgramOptions } from "./fixtures/program.ts";
import { DevelopmentGateway, runWardwire, startWardwire } from "./fixtures/wardwire.ts";

const tea = ["--join", "lobby:roomId=tea"];

describe("wardwire connect", { timeout: 60_000, concurrency: 3 }, () => {
  let gateway: DevelopmentGateway;
  let alice: string;
  let bob: string;

  before(async () => {
    gateway = await DevelopmentGateway.start();
    [alice, bob] = await Promise.all([gateway.token("alice", "--device", "phone"), gateway.token("bob")]);
  });
  after(() => gateway[Symbol.asyncDispose]());

  /** A `wardwire connect --json` to the gateway, with the token in the environment. */
  function connect(token: string, parameters: readonly string[], options: ProgramOptions = {}): Program {
    return startWardwire(["connect", gateway.socket, "--ca", gateway.caFile, "--json", ...parameters], {
      env: { WARDWIRE_TOKEN: token },
      ...options,
    });
  }

  test("carries a message from one process to another", async () => {
    const pipe = ["--join", "lobby:roomId=pipe"];
    await using receiver = connect(bob, [...pipe, "--count", "1"]);
    const joined = await receiver.event("joined");
    assert.deepEqual(joined["params"], { roomId: "pipe" });

    const sender = await connect(alice, [...pipe, "--publish", '{"text":"hi"}']).ended;
    assert.equal(sender.code, 0, sender.stderr);
    assert.deepEqual(eventsOf(sender.stdout), ["connected", "joined", "published", "closed"]);

    const message = await receiver.event("message");
    assert.deepEqual(message["data"], { text: "hi" });
    assert.partialDeepStrictEqual(message["from"], { user: "alice", device: "phone" });
    const closed = await receiver.event("closed");
    assert.equal(closed["code"], 1000);
    assert.equal(typeof closed["reason"], "string");
    assert.equal((await receiver.ended).code, 0);
  });

  test("shows own messages with --own only", async () => {
    const publish = ["--publish", '{"text":"hi"}'];
    const [shown, hidden] = await Promise.all([
      connect(alice, ["--join", "lobby:roomId=own", ...publish, "--own"]).ended,
      connect(alice, ["--join", "lobby:roomId=others", ...publish]).ended,
    ]);
    assert.ok(eventsOf(shown.stdout).includes("message"), shown.stdout);
    assert.deepEqual(eventsOf(hidden.stdout), ["connected", "joined", "published", "closed"]);
  });

  test("takes the token from a file and from standard input", async () => {
    const file = gateway.folder.file("alice.token");
    writeFileSync(file, `${alice}\n`);
    const withoutToken = { WARDWIRE_TOKEN: undefined };
    const publish = [...tea, "--publish", '{"text":"hi"}'];
    const [fromFile, fromInput] = await Promise.all([
      connect("", [...publish, "--token-file", file], { env: withoutToken }).ended,
      connect("", [...publish, "--token-file", "-"], { env: withoutToken, input: `${alice}\n` }).ended,
    ]);
    assert.equal(fromFile.code, 0, fromFile.stderr);
    assert.equal(fromInput.code, 0, fromInput.stderr);
  });

  test("refuses a token as an argument, and does not repeat it (2)", async () => {
    const { code, stdout, stderr } = await connect(alice, ["--token", alice]).ended;
    assert.equal(code, 2);
    assert.equal(`${stdout}${stderr}`.includes(alice), false);
  });

  test("ends with 130 when it is interrupted", async () => {
    await using program = connect(alice, tea);
    await program.event("joined");
    assert.equal((await program.stop("SIGINT")).code, 130);
  });

  const failures: readonly [what: string, code: number, parameters: () => readonly string[]][] = [
    ["nobody listens there", 4, () => ["connect", "wss://localhost:1/ws", "--ca", gateway.caFile, "--timeout", "5s"]],
    ["the certificate is not trusted", 4, () => ["connect", gateway.socket, "--timeout", "5s"]],
    [
      "the message does not fit the contract",
      5,
      () => ["connect", gateway.socket, "--ca", gateway.caFile, ...tea, "--publish", '{"text":7}'],
    ],
    [
      "the channel does not exist",
      5,
      () => ["connect", gateway.socket, "--ca", gateway.caFile, "--join", "attic:roomId=tea", "--count", "1"],
    ],
    [
      "no message comes in time",
      6,
      () => [
        ...["connect", gateway.socket, "--ca", gateway.caFile],
        ...["--join", "lobby:roomId=silent", "--count", "1", "--timeout", "1s"],
      ],
    ],
    ["the URL is none", 2, () => ["connect", "localhost", "--ca", gateway.caFile]],
    ["the CA file is missing", 3, () => ["connect", gateway.socket, "--ca", gateway.folder.file("missing.pem")]],
  ];
  for (const [what, code, parameters] of failures) {
    test(`ends with ${code} when ${what}, and says so in one line`, async () => {
      const ended = await runWardwire(parameters(), { env: { WARDWIRE_TOKEN: alice } });
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, /^wardwire: .+\n$/m);
      assert.equal(ended.stderr.includes("    at "), false, "no stack trace");
    });
  }

  test("ends with 5 when the token is refused, without trying it again", async () => {
    const foreign = await gateway.token("alice", "--audience", "another-service");
    const { code, stdout, stderr } = await connect(foreign, tea).ended;
    assert.equal(code, 5, stderr);
    assert.equal(eventsOf(stdout).filter((event) => event === "connected").length, 0);
  });
});

function eventsOf(stdout: string): string[] {
  const lines = stdout.split("\n").filter(Boolean);
  return lines.map((line): string => JSON.parse(line).event);
}
