import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runCommand } from "../../packages/cli/test/support/command.ts";
import { productionFiles } from "../../packages/cli/test/support/production-files.ts";

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const exp = Math.floor(Date.now() / 1_000) + 60;
const token = `${part({ alg: "EdDSA" })}.${part({ sub: "alice", exp, grants: ["ward:*=join", "discharge=call"] })}.AAAA`;
const env = { WARDWIRE_TOKEN: token };

describe("wardwire explain", { timeout: 60_000, concurrency: 2 }, () => {
  const asked: readonly [words: readonly string[], code: number, said: RegExp][] = [
    [["join", "--channel", "ward:bed=7"], 0, /ward offers join.*'ward:\*=join' allows it/s],
    [["publish", "--channel", "ward:bed=7"], 1, /only the application publishes/],
    [["join", "--channel", "lobby:roomId=tea"], 1, /there is no channel lobby/],
    [["call", "--command", "discharge"], 0, /there is a command discharge.*'discharge=call' allows it/s],
    [
      ["call", "--command", "renameRoom"],
      1,
      /there is no command renameRoom.*none of 'ward:\*=join', 'discharge=call'/s,
    ],
  ];
  it("asks the contract of a configuration's application, for channels and for commands (R43)", async () => {
    using files = await productionFiles();
    files.configure({
      application: new URL("../../packages/cli/test/fixtures/other-application.ts", import.meta.url).pathname,
    });
    for (const [words, code, said] of asked) {
      const ended = await runCommand(["explain", "--config", files.config, "--operation", ...words], { env });
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stdout, said);
    }
  });

  it("asks the demo contract without one, and answers as one document", async () => {
    const ended = await runCommand(["explain", "--operation", "call", "--command", "renameRoom", "--json"], { env });
    assert.equal(ended.code, 1, ended.stderr);
    const { allowed, operation, command, user, reasons } = JSON.parse(ended.stdout);
    assert.deepEqual(
      { allowed, operation, command, user },
      { allowed: false, operation: "call", command: "renameRoom", user: "alice" },
    );
    assert.deepEqual(
      reasons.map(({ by, allows }: { readonly by: string; readonly allows: boolean }) => [by, allows]),
      [
        ["contract", true],
        ["expiry", true],
        ["grants", false],
      ],
    );
  });

  it("wants a channel for an operation on one, a command for a call, and a configuration that is one", async () => {
    using files = await productionFiles();
    writeFileSync(files.at("empty.yaml"), "{}\n");
    const wrong: readonly [words: readonly string[], code: number, said: RegExp][] = [
      [["--operation", "call"], 2, /expected --command/],
      [["--operation", "call", "--command", "x", "--channel", "lobby"], 2, /no --channel/],
      [["--operation", "join"], 2, /expected --channel/],
      [["--operation", "join", "--channel", "lobby", "--command", "x"], 2, /no --command/],
      [
        ["--operation", "join", "--channel", "lobby", "--config", files.at("empty.yaml")],
        3,
        /application: expected a path/,
      ],
    ];
    for (const [words, code, said] of wrong) {
      const ended = await runCommand(["explain", ...words], { env });
      assert.equal(ended.code, code);
      assert.match(ended.stderr, said);
    }
  });
});
