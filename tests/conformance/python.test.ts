import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { Program } from "../end-to-end/fixtures/program.ts";
import { DevelopmentGateway } from "../end-to-end/fixtures/wardwire.ts";

/** Debian's interpreter: another one on PATH would not see Debian's packages. */
const python = "/usr/bin/python3";
const isInstalled = spawnSync(python, ["-c", "import websockets"]).status === 0;
const skip = isInstalled ? false : "python3-websockets is missing: run node tools/system-packages.ts";

interface CheckResult {
  readonly check: string;
  /** A traceback, or null when all is well. */
  readonly failure: string | null;
}

test("Python's websockets finds that", { skip, timeout: 60_000 }, async (t) => {
  await using gateway = await DevelopmentGateway.start();
  const [alice, bob] = await Promise.all([gateway.token("alice", "--device", "phone"), gateway.token("bob")]);
  await using program = new Program(python, ["-B", join(import.meta.dirname, "transcript.py")], {
    env: {
      URL: gateway.socket,
      ORIGIN: gateway.origin,
      CA_FILE: gateway.caFile,
      ALICE_TOKEN: alice,
      BOB_TOKEN: bob,
    },
  });
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  const lines = stdout.split("\n").filter(Boolean);
  assert.notEqual(lines.length, 0, "it checked something");
  for (const { check, failure } of lines.map((line): CheckResult => JSON.parse(line))) {
    await t.test(check, () => assert.equal(failure, null, failure ?? ""));
  }
  await t.test("nothing of it ended the gateway, which stops when it is told to", async () => {
    assert.equal((await gateway.program.stop()).code, 0);
  });
});
