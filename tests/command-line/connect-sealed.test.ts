import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { defineContract } from "@wardwire/contract";
import { allow, createGateway, jwt } from "@wardwire/gateway";
import { type Clock, systemClock } from "@wardwire/gateway/clock";
import type { ServerKeys } from "@wardwire/gateway/server-keys";
import * as v from "valibot";
import { findFreePort } from "../../packages/cli/src/free-port.ts";
import { type Ended, runCommand, startCommand } from "../../packages/cli/test/support/command.ts";
import { memoryServerKeys } from "../../packages/gateway/src/server-keys/memory-server-keys.ts";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { TokenIssuer } from "../end-to-end/fixtures/token-issuer.ts";
import { TemporaryFolder } from "../end-to-end/fixtures/wardwire.ts";

const channel = {
  params: v.object({ roomId: v.string() }),
  message: v.object({ text: v.string() }),
  publish: "members",
} as const;
const contract = defineContract({
  channels: { lobby: { ...channel, protection: "transport" }, room: { ...channel, protection: "sealed" } },
});
const strangersPin = `sha256:${"a".repeat(42)}A`;

describe("wardwire connect --server-key", { timeout: 60_000 }, () => {
  const open = new AsyncDisposableStack();
  const folder = open.use(new TemporaryFolder());
  let tokens: TokenIssuer;
  let authority: TestAuthority;
  let socket = "";
  let keys: ServerKeys;

  before(async () => {
    tokens = await TokenIssuer.create();
    authority = await TestAuthority.create();
    writeFileSync(folder.file("ca.pem"), authority.cert);
    ({ socket, keys } = await serve(systemClock));
  });
  after(() => open.disposeAsync());

  /** A gateway whose keys and clock go by `clock`, until the end of the tests. */
  async function serve(clock: Clock) {
    const port = await findFreePort();
    const origin = `https://localhost:${port}`;
    const serverKeys = await memoryServerKeys({ origins: [origin], clock });
    const { issuer, audience, publicJwk } = tokens;
    const gateway = createGateway({
      contract,
      allowedOrigins: [origin],
      authenticate: jwt({ issuer, audience, algorithms: ["EdDSA"], keys: [publicJwk] }),
      authorize: () => allow(),
      serverKeys,
      clock,
      observe: () => undefined,
    });
    const tls = await authority.issue({ dnsNames: ["localhost"] });
    const running = await gateway.listen({ port, host: "localhost", tls });
    open.defer(() => running.close());
    return { socket: `wss://localhost:${port}/ws`, keys: serverKeys };
  }

  const sealed = (): readonly string[] => ["--server-key", String(keys.pins[0]), "--require", "sealed"];
  const words = (options: readonly string[]): readonly string[] => [
    ...["connect", socket, "--ca", folder.file("ca.pem"), ...options],
  ];
  const connectAs = async (user: string, ...options: readonly string[]): Promise<Ended> =>
    runCommand(words(options), { env: { WARDWIRE_TOKEN: await tokens.token(user) } });

  it("carries a message in a sealed room, and tells programs what protects it (SR-2)", async () => {
    const env = { WARDWIRE_TOKEN: await tokens.token("bob") };
    const join = ["--join", "room:roomId=tea", "--json"];
    await using bob = startCommand(words([...sealed(), ...join, "--count", "1"]), { env });
    const connected = JSON.parse(await bob.nextLine());
    assert.partialDeepStrictEqual(connected, {
      event: "connected",
      security: { protection: "sealed", suite: "X-Wing + AES-256-GCM", postQuantum: true, pin: keys.pins[0] },
    });
    assert.partialDeepStrictEqual(JSON.parse(await bob.nextLine()), { event: "joined", protection: "sealed" });
    assert.equal((await connectAs("alice", ...sealed(), ...join, "--publish", '{"text":"hello"}')).code, 0);
    const message = JSON.parse((await bob.ended).stdout.split("\n")[2] ?? "");
    assert.partialDeepStrictEqual(message, { event: "message", data: { text: "hello" }, from: { user: "alice" } });
  });

  it("tells people in one line, and takes the next identity's pin beside the current one (KB-2.1)", async () => {
    const pins = keys.pins.flatMap((pin) => ["--server-key", pin]);
    const { code, stdout } = await connectAs(
      "alice",
      ...pins,
      "--join",
      "room:roomId=tea",
      "--publish",
      '{"text":"x"}',
    );
    assert.equal(code, 0);
    assert.ok(stdout.includes(`sealed by X-Wing + AES-256-GCM (post-quantum) to ${keys.pins[0]}`), stdout);
    assert.match(stdout, /joined +room:roomId=tea \(sealed\)/);
  });

  it("ends with 5 and one line for another server's keys, the identity that is yet to come included (KB-3.1)", async () => {
    for (const pin of [strangersPin, String(keys.pins[1])]) {
      const ended = await connectAs("alice", "--server-key", pin, "--join", "room:roomId=tea", "--json");
      assert.equal(ended.code, 5, ended.stderr);
      assert.match(ended.stderr, /^wardwire: [^\n]*compare --server-key[^\n]*\n$/);
      assert.ok(!ended.stdout.includes('"connected"'));
    }
  });

  it("ends with 5 and names the clock when it is days away from the gateway's (KB-3.4)", async () => {
    for (const days of [-10, 10]) {
      const elsewhere = await serve({ ...systemClock, now: () => Date.now() + days * 86_400_000 });
      const [, , ...rest] = words(["--server-key", String(elsewhere.keys.pins[0])]);
      const env = { WARDWIRE_TOKEN: await tokens.token("alice") };
      const ended = await runCommand(["connect", elsewhere.socket, ...rest], { env });
      assert.equal(ended.code, 5, ended.stderr);
      assert.match(ended.stderr, /^wardwire: [^\n]*set this device's clock[^\n]*\n$/);
    }
  });

  it("ends with 2 for what is no pin, before the token is read", async () => {
    for (const options of [
      ["--server-key", "sha256:x"],
      ["--require", "sealed"],
      ["--require", "end-to-end"],
    ]) {
      const { code, stderr } = await runCommand(words([...options, "--token-file", folder.file("none")]));
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^wardwire: [^\n]+\n$/);
      assert.doesNotMatch(stderr, /token/);
    }
  });

  it("joins a lobby on a sealed connection, and refuses to with --require (SR-2.1)", async () => {
    const join = ["--join", "lobby:roomId=tea", "--publish", '{"text":"x"}', "--json"];
    const plain = await connectAs("alice", "--server-key", String(keys.pins[0]), ...join);
    assert.equal(plain.code, 0);
    assert.match(plain.stdout, /"event":"joined".*"protection":"transport"/);
    const strict = await connectAs("alice", ...sealed(), ...join);
    assert.equal(strict.code, 5);
    assert.match(strict.stdout, /"event":"error","code":"protection-required"/);
  });

  it("ends with 5 and says how when a sealed room is joined without the pin: the control of the others", async () => {
    const ended = await connectAs("alice", "--join", "room:roomId=tea", "--json");
    assert.equal(ended.code, 5);
    assert.match(ended.stdout, /"security":\{"protection":"transport"\}/);
    assert.match(ended.stderr, /answered protection-required.*--server-key/);
  });
});
