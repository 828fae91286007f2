import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { type Ended, runCommand, startCommand } from "../../packages/cli/test/support/command.ts";
import { productionFiles } from "../../packages/cli/test/support/production-files.ts";

const check = (...words: readonly string[]): Promise<Ended> => runCommand(["check", ...words]);

/** A server on loopback that takes connections and says nothing. */
async function silentServer(): Promise<
  AsyncDisposable & { readonly port: number; readonly connected: Promise<unknown> }
> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined).resume());
  }).listen(0, "127.0.0.1");
  const connected = once(server, "connection");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connected,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), "close");
    },
  };
}

describe("wardwire check", { timeout: 180_000 }, () => {
  test("ends 0 or 1 by --fail-on, the baseline and what is chosen; --json is one document", async () => {
    using files = await productionFiles();
    files.configure({ allowedHosts: ["localhost"] });
    await using running = startCommand(["serve", "--config", files.config]);
    const { port } = JSON.parse(await running.nextErrorLine()).addresses[0];
    // The certificate has signed itself, so that without --ca exactly one high fault is found.
    const words = ["wss://localhost/ws", "--origin", "https://chat.example", "--connect-to", `127.0.0.1:${port}`];
    const one = await check(...words, "--only", "WW-CERT-01", "--only", "WW-HANDSHAKE-01", "--json");
    assert.equal(one.code, 1, one.stderr);
    const report = JSON.parse(one.stdout);
    assert.equal(report.target, "wss://localhost/ws");
    assert.equal(report.grade, "D");
    const counted = report.findings.filter(({ status }: { readonly status: string }) => status !== "skipped");
    assert.deepEqual(
      counted.map(({ id, status, severity }: Record<string, string>) => [id, status, severity]),
      [
        ["WW-HANDSHAKE-01", "pass", "info"],
        ["WW-CERT-01", "fail", "high"],
      ],
    );
    assert.match(one.stderr, /Grade D/);

    const known = files.at("known.json");
    const family = [...words, "--only", "WW-CERT"];
    assert.equal((await check(...family, "--write-baseline", known)).code, 1);
    assert.deepEqual(JSON.parse(readFileSync(known, "utf8")).known.length, 1);
    assert.equal((await check(...family, "--baseline", known)).code, 0);
    assert.equal((await check(...family, "--skip", "WW-CERT-01")).code, 0);
    assert.equal((await check(...family, "--fail-on", "critical")).code, 0);
    assert.equal((await check(...family, "--fail-on", "never")).code, 0);
  });

  test("ends 4 for a target that is down, 6 for one that is silent, and looks at the others all the same", async () => {
    await using silent = await silentServer();
    const gone = await silentServer();
    await gone[Symbol.asyncDispose]();
    const down = `wss://127.0.0.1:${gone.port}/`;
    const quiet = `ws://127.0.0.1:${silent.port}/`;
    const one = await check(down);
    assert.equal(one.code, 4);
    assert.match(
      one.stderr,
      /^wardwire: wss:\/\/127\.0\.0\.1:\d+\/: cannot connect: ECONNREFUSED; check host and port\n$/,
    );
    assert.equal((await check(quiet, "--timeout", "700ms")).code, 6);
    const several = await check(quiet, down, "--timeout", "700ms", "--json");
    assert.equal(several.code, 6);
    const documents = several.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      documents.map(({ target, error }) => [target, error.code]),
      [
        [quiet, "timeout"],
        [down, "unreachable"],
      ],
    );
  });

  test("ends 2 for a command line that is not one, before anything is sent", async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /expected a URL/],
      [["ftp://a/"], /expected a URL such as wss/],
      [[`wss://user:${"secret"}@a/`], /without user information/],
      [["wss://a/", "--active"], /--active floods the target: expected --yes/],
      [["wss://a/", "--token", "x"], /a token is never an argument/],
      [["wss://a/", "--fail-on", "terrible"], /Allowed choices are critical/],
      [["wss://a/", "--only", "WW-NOTHING"], /leave at least one check/],
      [["--explain", "WW-TLS-99"], /there is no check WW-TLS-99/],
    ];
    for (const [words, message] of cases) {
      const { code, stderr } = await check(...words);
      assert.equal(code, 2, `${words.join(" ")}: ${stderr}`);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /secret/);
    }
  });

  test("ends 130 on Ctrl-C", async () => {
    await using silent = await silentServer();
    await using running = startCommand(["check", `ws://127.0.0.1:${silent.port}/`, "--timeout", "60s"]);
    await silent.connected;
    running.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
  });

  test("lists every check, and explains one", async () => {
    const list = await check("--list", "--json");
    assert.equal(list.code, 0);
    const { checks } = JSON.parse(list.stdout);
    assert.ok(checks.length >= 60);
    const { code, stdout } = await check("--explain", "WW-ORIGIN-03");
    assert.equal(code, 0);
    for (const part of ["WW-ORIGIN-03", "CWE-1385", "Socket", "nginx", "wardwire"])
      assert.match(stdout, new RegExp(part, "i"));
  });
});
