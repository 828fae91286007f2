import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Program } from "../end-to-end/fixtures/program.ts";
import { DevelopmentGateway } from "../end-to-end/fixtures/wardwire.ts";

/** Debian's interpreter: another one on PATH would not see Debian's packages. */
const python = "/usr/bin/python3";
const isInstalled = spawnSync(python, ["-c", "import websockets, cryptography"]).status === 0;
const skip = isInstalled
  ? false
  : "python3-websockets or python3-cryptography is missing: run node tools/system-packages.ts";

interface CheckResult {
  readonly check: string;
  /** A traceback, or null when all is well. */
  readonly failure: string | null;
}

for (const [title, program] of [
  ["Python's websockets finds that", "transcript.py"],
  ["Python's websockets, with a second implementation of the sealed protocol, finds that", "sealed_transcript.py"],
] as const) {
  test(title, { skip, timeout: 60_000 }, (t) => runChecks(t, program));
}

async function runChecks(t: TestContext, file: string): Promise<void> {
  await using gateway = await DevelopmentGateway.start();
  const [alice, bob] = await Promise.all([gateway.token("alice", "--device", "phone"), gateway.token("bob")]);
  await using program = new Program(python, ["-B", join(import.meta.dirname, file)], {
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
}
