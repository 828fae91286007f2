import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runCommand } from "../../packages/cli/test/support/command.ts";
import { type DevelopmentGateway, developmentGateway } from "../../packages/cli/test/support/development-gateway.ts";
import { RawSession } from "../end-to-end/fixtures/raw-session.ts";

/** What the socket answers to a handshake from a page of the gateway's own that names this host. */
async function handshake({ listening, ca }: DevelopmentGateway, host: string): Promise<string> {
  const origin = new URL(listening.url).origin;
  return RawSession.open({ socket: listening.socket, ca }, { origin, host }).then(
    (session) => {
      session[Symbol.dispose]();
      return "101";
    },
    (error: Error) => /response: (\d+)/.exec(error.message)?.[1] ?? error.message,
  );
}

describe("wardwire dev", { timeout: 60_000, concurrency: 2 }, () => {
  it("serves its socket to its own names only: loopback ones on any port, and its public origins (R15)", async () => {
    await using gateway = await developmentGateway("--public-origin", "https://chat.test:9000");
    for (const host of ["localhost:1", "127.0.0.1", "[::1]:8443", "chat.test:9000"]) {
      assert.equal(await handshake(gateway, host), "101", host);
    }
    for (const host of ["evil.example", "chat.test", "localhost.evil.example"]) {
      assert.equal(await handshake(gateway, host), "421", host);
    }
  });

  it("keeps an audit log in its data folder, which verifies (R52)", async () => {
    await using gateway = await developmentGateway();
    const { listening, ca, data, running } = gateway;
    {
      using session = await RawSession.open(
        { socket: listening.socket, ca },
        { origin: new URL(listening.url).origin },
      );
      await session.request({ type: "connect", token: await gateway.token("alice") });
    }
    running.kill("SIGTERM");
    assert.equal((await running.ended).code, 0);
    const log = join(data, "audit.jsonl");
    const verified = await runCommand(["audit", "verify", log, "--key-file", join(data, "audit-key"), "--json"]);
    assert.equal(verified.code, 0, verified.stdout);
    const { sound, lines, signatures } = JSON.parse(verified.stdout);
    assert.deepEqual([sound, signatures], [true, "checked"]);
    assert.ok(lines >= 6, "opened, started, in, out, stopped, and checkpoints");
  });
});
