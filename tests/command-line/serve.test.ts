import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { serve } from "../../packages/cli/src/commands/serve.ts";
import { runCommand, startCommand } from "../../packages/cli/test/support/command.ts";
import { productionFiles } from "../../packages/cli/test/support/production-files.ts";
import { temporaryFolder } from "../../packages/cli/test/support/temporary-folder.ts";

describe("wardwire serve", () => {
  it("serves whom its configuration lets in, logs JSON lines, and ends with 0 on SIGTERM", async () => {
    using files = await productionFiles();
    await using running = startCommand(["serve", "--config", files.config]);
    const listening = JSON.parse(await running.nextErrorLine());
    assert.equal(listening.event, "listening");
    const socket = `wss://127.0.0.1:${listening.addresses[0].port}/ws`;
    const words = [
      "connect",
      socket,
      "--ca",
      files.certificate,
      "--join",
      "lobby:roomId=tea",
      "--publish",
      '{"text":"hi"}',
    ];
    const welcome = await runCommand(words, { env: { WARDWIRE_TOKEN: await files.token("alice") } });
    assert.equal(welcome.code, 0, welcome.stderr);
    using strangers = await productionFiles();
    const stranger = await runCommand(words, { env: { WARDWIRE_TOKEN: await strangers.token("alice") } });
    assert.equal(stranger.code, 5);
    running.kill("SIGTERM");
    assert.equal((await running.ended).code, 0);
  });

  it("revokes through its admin API once it has a folder for the credential (R40)", async () => {
    using files = await productionFiles();
    const admin = files.at("admin");
    files.configure({ admin: { port: 0, dataFolder: "admin" } });
    await using running = startCommand(["serve", "--config", files.config]);
    const listening = JSON.parse(await running.nextErrorLine());
    const socket = `wss://127.0.0.1:${listening.addresses[0].port}/ws`;
    const words = [
      "connect",
      socket,
      "--ca",
      files.certificate,
      "--join",
      "lobby:roomId=tea",
      "--publish",
      '{"text":"hi"}',
    ];
    const env = { WARDWIRE_TOKEN: await files.token("alice") };
    assert.equal((await runCommand(words, { env })).code, 0);
    const revoked = await runCommand(["revoke", "--user", "alice", "--data", admin]);
    assert.equal(revoked.code, 0, revoked.stderr);
    assert.equal((await runCommand(words, { env })).code, 5);
    assert.equal(statSync(`${admin}/admin-credential`).mode & 0o777, 0o600);
  });

  it("ends with 3 for a configuration with problems, and names the first key", async () => {
    using files = await productionFiles();
    files.configure({ tls: { certFile: 3, keyFile: "key.pem" }, surplus: true });
    const { code, stderr } = await runCommand(["serve", "--config", files.config]);
    assert.equal(code, 3);
    assert.match(
      stderr,
      /^wardwire: .*: tls\.certFile: expected a path, got a number \(and 1 more: [^\n]*config check[^\n]*\n$/,
    );
  });

  it("refuses a file that is missing, open to others or not what it should be", async () => {
    using files = await productionFiles();
    const cases: readonly (readonly [change: object, expected: RegExp])[] = [
      [{ tls: { certFile: "none.pem", keyFile: "key.pem" } }, /tls\.certFile: cannot read .*ENOENT/],
      [{ tls: { certFile: "cert.pem", keyFile: "none.pem" } }, /tls\.keyFile: there is no file/],
      [{ tls: { certFile: "keys.json", keyFile: "key.pem" } }, /tls\.certFile: expected a PEM certificate/],
      [{ application: "./none.ts" }, /application: cannot load .*none\.ts: Cannot find module/],
      [{ application: files.at("empty.mjs") }, /application: .*empty\.mjs: contract: expected an exported contract/],
      [{ application: files.at("throws.mjs") }, /application: cannot load .*throws\.mjs: on purpose/],
      [{ jwt: jwt({ keysFile: "cert.pem" }) }, /jwt\.keysFile: expected a JSON Web Key Set/],
      [{ jwt: jwt({ algorithms: ["HS256"], secretFile: "short" }) }, /secret: expected at least 32 bytes/],
      [{ jwt: jwt({ algorithms: ["HS256"], secretFile: "open" }) }, /open is open to other users.*chmod 600/],
    ];
    writeFileSync(files.at("empty.mjs"), "");
    writeFileSync(files.at("throws.mjs"), 'throw new Error("on purpose")');
    writeFileSync(files.at("short"), "too short\n", { mode: 0o600 });
    writeFileSync(files.at("open"), "x".repeat(40));
    chmodSync(files.at("open"), 0o644);
    for (const [change, expected] of cases) {
      files.configure(change);
      await assert.rejects(serve({ config: files.config }), { code: "configuration", message: expected });
    }
  });

  it("ends with 3 when others can read the TLS key, a group may", async () => {
    using files = await productionFiles();
    chmodSync(files.at("key.pem"), 0o644);
    const { code, stderr } = await runCommand(["serve", "--config", files.config]);
    assert.equal(code, 3);
    assert.match(stderr, /key\.pem is open to other users \(mode 644\)/);
    chmodSync(files.at("key.pem"), 0o640);
    await using running = startCommand(["serve", "--config", files.config]);
    assert.equal(JSON.parse(await running.nextErrorLine()).event, "listening");
  });

  it("refuses what wardwire dev made: certificate, issuer, keys", async () => {
    using files = await productionFiles();
    using folder = temporaryFolder();
    const data = folder.at("data");
    await using dev = startCommand(["dev", "--port", "0", "--admin-port", "0", "--data", data, "--json"]);
    await dev.nextLine();
    const { d: _, ...key } = JSON.parse(readFileSync(`${data}/token-key.json`, "utf8"));
    writeFileSync(files.at("dev-keys.json"), JSON.stringify({ keys: [key] }));
    const cases: readonly (readonly [change: object, expected: RegExp])[] = [
      [
        { tls: { certFile: `${data}/server.pem`, keyFile: `${data}/server.pem` } },
        /tls\.certFile: made by wardwire dev/,
      ],
      [{ jwt: jwt({ issuer: "wardwire-dev", keysFile: "keys.json" }) }, /jwt\.issuer: made by wardwire dev/],
      [{ jwt: jwt({ keysFile: "dev-keys.json" }) }, /jwt\.keysFile: made by wardwire dev/],
    ];
    for (const [change, expected] of cases) {
      files.configure(change);
      await assert.rejects(serve({ config: files.config }), { code: "configuration", message: expected });
    }
  });
});

function jwt(change: object): object {
  return { issuer: "https://id.example", audience: "chat", algorithms: ["EdDSA"], ...change };
}
