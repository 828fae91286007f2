import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { Program } from "../end-to-end/fixtures/program.ts";
import { TokenIssuer } from "../end-to-end/fixtures/token-issuer.ts";
import { TemporaryFolder } from "../end-to-end/fixtures/wardwire.ts";

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

/** What the examples expect to find: a certificate, an issuer with a key set, files. */
class World implements AsyncDisposable {
  readonly #folder = new TemporaryFolder();
  readonly #tokens: TokenIssuer;
  readonly #keySet: ReturnType<typeof createServer>;

  private constructor(tokens: TokenIssuer) {
    this.#tokens = tokens;
    this.#keySet = createServer((_, response) => {
      response.setHeader("content-type", "application/jwk-set+json");
      response.end(JSON.stringify({ keys: [tokens.publicJwk] }));
    });
  }

  static async create(): Promise<World> {
    const world = new World(await TokenIssuer.create());
    await once(world.#keySet.listen(0, "127.0.0.1"), "listening");
    const authority = await TestAuthority.create();
    const { cert, key } = await authority.issue({ dnsNames: ["localhost"] });
    world.#write("ca.pem", authority.cert);
    world.#write("cert.pem", cert);
    world.#write("key.pem", key);
    return world;
  }

  token(user: string, claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#tokens.token(user, { claims });
  }

  /** Starts `examples/server.ts` on a free port; resolves when its log says which. */
  async startServer() {
    const { port: keySetPort } = this.#keySet.address() as AddressInfo;
    const program = example("examples/server.ts", {
      PORT: "0",
      CERT_FILE: this.#folder.file("cert.pem"),
      KEY_FILE: this.#folder.file("key.pem"),
      JWKS_URL: `http://127.0.0.1:${keySetPort}/jwks`,
    });
    const [, port] = await program.said(/"event":"listening".*?"port":(\d+)/);
    return { port: Number(port), [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  }

  /** Starts `examples/client.ts`. */
  startClient(port: number, token: string): Program {
    const name = `${crypto.randomUUID()}.token`;
    this.#write(name, token);
    return example("examples/client.ts", {
      URL: `wss://localhost:${port}/ws`,
      TOKEN_FILE: this.#folder.file(name),
      NODE_EXTRA_CA_CERTS: this.#folder.file("ca.pem"),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#keySet.closeAllConnections();
    this.#keySet.close();
    this.#folder[Symbol.dispose]();
  }

  #write(name: string, text: string): void {
    writeFileSync(this.#folder.file(name), text, { mode: 0o600 });
  }
}

function example(file: string, env: Readonly<Record<string, string>>): Program {
  return new Program(process.execPath, ["--conditions=@wardwire/source", file], { env });
}

/** The first `ts` block behind the first link to a file. */
function codeBlockBehind(markdown: string, file: string): string {
  const rest = markdown.slice(markdown.indexOf(`[${file}](${file})`));
  return /```ts\n([\s\S]*?)```/.exec(rest)?.[1] ?? "";
}
