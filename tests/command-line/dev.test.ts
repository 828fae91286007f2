import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, statSync } from "node:fs";
import { get } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { runCommand, startCommand } from "../../packages/cli/test/support/command.ts";
import { developmentGateway } from "../../packages/cli/test/support/development-gateway.ts";
import { temporaryFolder } from "../../packages/cli/test/support/temporary-folder.ts";

/** The status of a GET over TLS that trusts `ca` alone, and asks for `servername` whatever the Host header says. */
async function statusOf(
  url: string,
  ca: string,
  headers: Readonly<Record<string, string>> = {},
  servername?: string,
): Promise<number> {
  const request = get(url, { ca, headers, agent: false, ...(servername !== undefined && { servername }) });
  const [response] = await once(request, "response");
  response.resume();
  return response.statusCode;
}

describe("wardwire dev", () => {
  it("says first where it listens, within seconds of its start, with keys made from nothing", async (t) => {
    const startMs = performance.now();
    await using gateway = await developmentGateway();
    const tookMs = performance.now() - startMs;
    t.diagnostic(`${tookMs.toFixed(0)} ms (3 s are aimed at, on a machine that does nothing else)`);
    assert.ok(tookMs < 15_000, `took ${tookMs} ms`);
    const { listening, data } = gateway;
    assert.deepEqual(Object.keys(listening), ["event", "url", "socket", "ca", "admin", "pin"]);
    assert.match(listening.url, /^https:\/\/localhost:\d+\/$/);
    assert.equal(listening.socket, `${listening.url.replace("https", "wss")}ws`);
    assert.equal(listening.ca, `${data}/ca.pem`);
    assert.match(listening.admin, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(statSync(data).mode & 0o777, 0o700);
  });

  it("serves its page over TLS on both loopback families, under its own names alone (R15)", async () => {
    await using gateway = await developmentGateway("--public-origin", "https://chat.test");
    const { port } = new URL(gateway.listening.url);
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
      assert.equal(await statusOf(`https://${host}:${port}/`, gateway.ca), 200, host);
    }
    const asIfNamed = (host: string): Promise<number> =>
      statusOf(`https://127.0.0.1:${port}/`, gateway.ca, { host }, "localhost");
    assert.equal(await asIfNamed("chat.test"), 200);
    assert.equal(await asIfNamed("evil.test"), 421);
    assert.equal(await statusOf(`${gateway.listening.url}nothing`, gateway.ca), 404);
  });

  it("refuses the handshake of a page elsewhere with 403 (R14)", async () => {
    await using gateway = await developmentGateway();
    const upgrade = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const url = gateway.listening.socket.replace("wss", "https");
    assert.equal(await statusOf(url, gateway.ca, { ...upgrade, origin: "https://evil.test" }), 403);
  });

  it("answers for its health on the admin listener, and not to other names", async () => {
    await using gateway = await developmentGateway();
    const { admin } = gateway.listening;
    for (const path of ["/healthz", "/readyz"]) assert.equal((await fetch(`${admin}${path}`)).status, 200);
    assert.equal((await fetch(`${admin}/metrics`)).status, 401, "metrics ask for the credential (R46)");
    assert.equal((await fetch(`${admin}/other`)).status, 404);
  });

  it("ends with 0 on SIGTERM and with 130 on SIGINT", async () => {
    for (const [signal, expected] of [
      ["SIGTERM", 0],
      ["SIGINT", 130],
    ] as const) {
      await using gateway = await developmentGateway();
      gateway.running.kill(signal);
      const { code } = await gateway.running.ended;
      assert.equal(code, expected, signal);
    }
  });

  it("keeps standard output for JSON lines under --json and tells people on standard error", async () => {
    await using gateway = await developmentGateway();
    gateway.running.kill("SIGTERM");
    const { stdout, stderr } = await gateway.running.ended;
    for (const line of stdout.trimEnd().split("\n")) assert.equal(typeof JSON.parse(line).event, "string");
    assert.match(stderr, /wardwire token --user alice/);
    assert.match(stderr, /curl --cacert/);
  });

  it("tells people on standard output without --json, without colours where there is no terminal", async () => {
    using folder = temporaryFolder();
    await using running = startCommand(["dev", "--port", "0", "--admin-port", "0", "--data", folder.at("my data")]);
    const first = await running.nextLine();
    assert.match(first, /^wardwire is listening on https:\/\/localhost:\d+\/$/);
    running.kill("SIGTERM");
    const { stdout, stderr } = await running.ended;
    assert.equal(stderr, "");
    assert.match(stdout, /--ca '[^']*my data\/ca\.pem'/);
  });

  it("ends with 3 when its port is in use, and names the port", async () => {
    using folder = temporaryFolder();
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const { port } = occupant.address() as AddressInfo;
    try {
      const data = folder.at("data");
      const main = await runCommand(["dev", "--port", `${port}`, "--admin-port", "0", "--data", data, "--json"]);
      assert.equal(main.code, 3);
      assert.match(main.stderr, new RegExp(`wardwire: .*${port}.*another`));
      assert.equal(JSON.parse(main.stdout).code, "configuration");
      const admin = await runCommand(["dev", "--port", "0", "--admin-port", `${port}`, "--data", data]);
      assert.equal(admin.code, 3);
      assert.match(admin.stderr, new RegExp(`wardwire: cannot open the admin listener on 127.0.0.1:${port}`));
    } finally {
      occupant.close();
    }
  });

  it("takes its port from PORT, and rather from --port", async () => {
    using folder = temporaryFolder();
    const words = ["dev", "--admin-port", "0", "--data", folder.at("data")];
    const fromEnvironment = await runCommand(words, { env: { PORT: "none" } });
    assert.equal(fromEnvironment.code, 2);
    assert.match(fromEnvironment.stderr, /PORT/);
    await using running = startCommand([...words, "--port", "0", "--json"], { env: { PORT: "none" } });
    assert.equal(JSON.parse(await running.nextLine()).event, "listening");
  });

  it("ends with 3 and says chmod when others can read a key", async () => {
    using folder = temporaryFolder();
    const data = folder.at("data");
    await runCommand(["token", "--user", "a", "--data", data]);
    chmodSync(`${data}/token-key.json`, 0o644);
    const { code, stderr } = await runCommand(["dev", "--port", "0", "--admin-port", "0", "--data", data]);
    assert.equal(code, 3);
    assert.match(stderr, /^wardwire: .*token-key\.json is open to other users \(mode 644\); run: chmod 600 [^\n]*\n$/);
  });
});
