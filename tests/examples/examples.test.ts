import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { TokenIssuer } from "../end-to-end/fixtures/token-issuer.ts";
import { World } from "./world.ts";

const examples: readonly [file: string, maxLines: number][] = [
  ["examples/server.ts", 15],
  ["examples/client.ts", 10],
];

describe("the examples of the README", () => {
  const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");

  for (const [file, maxLines] of examples) {
    const source = readFileSync(join(repositoryRoot, file), "utf8");

    test(`${file} stands there as it is`, () => {
      assert.equal(codeBlockBehind(readme, file), source);
    });

    test(`${file} has at most ${maxLines} lines, blank ones and comments aside`, () => {
      const lines = source.split("\n").filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line));
      assert.ok(lines.length <= maxLines, `${lines.length} lines`);
    });
  }
});

describe("the examples", { timeout: 30_000 }, () => {
  test("talk to each other: two clients through the server, by tokens of an issuer with a key set", async () => {
    await using world = await World.create();
    await using server = await world.startServer();
    await using alice = world.startClient(server.port, await world.token("alice", { member: true }));
    // Each client says hello once it has joined, and prints what the others say.
    const greeting = alice.line((line) => line.startsWith("bob: "));
    // Alice may still be on her way when bob greets, so he keeps coming until she has heard him.
    let heard: string | undefined;
    while (heard === undefined) {
      await using bob = world.startClient(server.port, await world.token("bob", { member: true }));
      heard = await Promise.race([greeting, bob.line((line) => line.startsWith("alice: ")).then(() => undefined)]);
    }
    assert.equal(heard, "bob: hello");
  });

  test("refuse who is not a member, and who has no good token", async () => {
    await using world = await World.create();
    await using server = await world.startServer();
    await using stranger = world.startClient(server.port, await world.token("mallory", { member: false }));
    await using forger = world.startClient(server.port, (await TokenIssuer.create()).unsigned("mallory"));
    const ends = await Promise.all([stranger.ended, forger.ended]);
    assert.match(ends[0].stderr, /forbidden/);
    assert.match(ends[1].stderr, /token-refused/);
    for (const { code, stdout } of ends) assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  });
});

/** The first `ts` block behind the first link to a file. */
function codeBlockBehind(markdown: string, file: string): string {
  const rest = markdown.slice(markdown.indexOf(`[${file}](${file})`));
  return /```ts\n([\s\S]*?)```/.exec(rest)?.[1] ?? "";
}
