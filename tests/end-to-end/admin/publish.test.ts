import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Ended } from "../fixtures/program.ts";
import { RawSession } from "../fixtures/raw-session.ts";
import { DevelopmentGateway, runWardwire } from "../fixtures/wardwire.ts";

describe("wardwire publish", { timeout: 60_000 }, () => {
  let gateway: DevelopmentGateway;
  before(async () => {
    gateway = await DevelopmentGateway.start();
  });
  after(() => gateway[Symbol.asyncDispose]());

  const inTea = ["--channel", "lobby:roomId=tea"];
  const publish = (...parameters: readonly string[]): Promise<Ended> =>
    runWardwire(["publish", ...parameters, "--data", gateway.folder.path]);

  test("reaches members without a sender, and says where the message stands", async () => {
    using session = await RawSession.connect(gateway, { authorization: await gateway.token("alice") });
    const channel = await session.join("lobby", { roomId: "tea" });
    const { code, stdout, stderr } = await publish('{"text":"from the application"}', ...inTea, "--json");
    assert.equal(code, 0, stderr);
    const published = JSON.parse(stdout);
    const message = await session.next("message");
    assert.deepEqual(
      [message.channel, message.offset, message.from, message.data],
      [channel, published.offset, undefined, { text: "from the application" }],
    );
    assert.deepEqual([published.event, published.duplicate], ["published", false]);
  });

  test("with --key publishes once, and tells people so", async () => {
    const first = await publish('{"text":"once"}', ...inTea, "--key", "order-17");
    assert.match(first.stdout, /^published at offset \d+\n$/);
    const second = await publish('{"text":"once"}', ...inTea, "--key", "order-17");
    assert.equal(second.stdout, first.stdout.replace("\n", ", as an earlier one with this key\n"));
  });

  test("reads the message from standard input for -", async () => {
    const words = ["publish", "-", ...inTea, "--data", gateway.folder.path];
    const { code, stderr } = await runWardwire(words, { input: '{"text":"from a pipe"}' });
    assert.equal(code, 0, stderr);
  });

  const failures: readonly (readonly [what: string, code: number, parameters: readonly string[]])[] = [
    ["the message is no JSON", 2, ["hello", ...inTea]],
    ["the message does not fit the contract", 2, ['{"text":""}', ...inTea]],
    ["there is no such channel", 2, ['{"text":"t"}', "--channel", "attic"]],
    ["no channel is named", 2, ['{"text":"t"}']],
    ["the key has a space", 2, ['{"text":"t"}', ...inTea, "--key", "a b"]],
  ];
  for (const [what, code, parameters] of failures) {
    test(`ends with ${code} and one line when ${what}`, async () => {
      const ended = await publish(...parameters);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, /^wardwire: .+\n$/);
    });
  }

  test("ends with 3 in a folder no gateway has used, and with 4 once the gateway has gone", async () => {
    const words = ["publish", '{"text":"t"}', ...inTea, "--data"];
    const missing = await runWardwire([...words, gateway.folder.file("none")]);
    assert.equal(missing.code, 3, missing.stderr);
    await using gone = await DevelopmentGateway.start();
    await gone.program.stop();
    const ended = await runWardwire([...words, gone.folder.path]);
    assert.equal(ended.code, 4, ended.stderr);
  });
});
