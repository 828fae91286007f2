import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { certify } from "../../packages/scanner/test/certificate.ts";
import { allowedOrigin, host } from "./weak/handshake.ts";
import type { Listening } from "./weak/listening.ts";
import { weakServer } from "./weak/weak-server.ts";

const launcher = fileURLToPath(new URL("../../packages/cli/bin/wardwire.js", import.meta.url));

/** What a terminal showed, and how the command on it ended. */
interface AtTerminal {
  readonly code: number | null;
  readonly shown: string;
}

/** Runs an attack on a server from a real terminal, which util-linux' `script` provides, and types `keys` when asked. */
async function attack({ port }: Listening, keys: string, signal: AbortSignal): Promise<AtTerminal> {
  const target = [`ws://${host}/ws`, "--connect-to", `127.0.0.1:${port}`, "--origin", allowedOrigin];
  const words = ["check", ...target, "--active", "--only", "WW-LIMIT-07", "--fail-on", "low"];
  // The new terminal has no width, and a question is wrapped to it.
  const command = `stty cols 100; exec ${[process.execPath, launcher, ...words].join(" ")}`;
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], TERM: "xterm" },
    signal,
  });
  let shown = "";
  let isAsked = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    if (isAsked || !shown.includes("consent")) return;
    isAsked = true;
    child.stdin.write(keys);
  });
  const [code] = await once(child, "close");
  assert.ok(isAsked, shown);
  return { code, shown };
}

/** A server that answers any number of pings, and counts who comes. */
async function floodable(): Promise<{ readonly server: Listening; readonly handshakes: () => number }> {
  let handshakes = 0;
  const admitsOrigin = (): boolean => {
    handshakes += 1;
    return true;
  };
  const habits = { transport: "plain", handshake: { admitsOrigin }, session: { countsNoPings: true } } as const;
  return { server: await weakServer(await certify(), habits), handshakes: () => handshakes };
}

const skip = spawnSync("script", ["--version"]).error === undefined ? false : "script (util-linux) is not installed";

describe("wardwire check --active at a terminal asks first (1.H), and", { skip, timeout: 60_000 }, () => {
  test("attacks after y", async ({ signal }) => {
    const { server, handshakes } = await floodable();
    await using _server = server;
    const { code, shown } = await attack(server, "y", signal);
    assert.equal(code, 1, shown);
    assert.match(shown, /Too many pings are refused/);
    assert.ok(handshakes() > 0);
  });

  for (const [what, keys] of [
    ["n", "n"],
    ["Enter alone", "\r"],
    ["Ctrl-C", "\u0003"],
  ] as const) {
    test(`ends 130 after ${what}, and nothing has been sent`, async ({ signal }) => {
      const { server, handshakes } = await floodable();
      await using _server = server;
      const { code, shown } = await attack(server, keys, signal);
      assert.equal(code, 130, shown);
      assert.doesNotMatch(shown, /Grade/);
      assert.equal(handshakes(), 0);
    });
  }
});
