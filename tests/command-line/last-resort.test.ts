import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runCommand } from "../../packages/cli/test/support/command.ts";
import { type ProductionFiles, productionFiles } from "../../packages/cli/test/support/production-files.ts";
import { type ServedGateway, serveFiles } from "../../packages/cli/test/support/served-gateway.ts";
import { RawSession } from "../end-to-end/fixtures/raw-session.ts";

const origin = "https://chat.example";

/** A production gateway with an audit log, whose application does what the title of a renamed room says. */
async function troubled(): Promise<ProductionFiles> {
  const files = await productionFiles();
  const application = new URL("../../packages/cli/test/fixtures/troubled-application.ts", import.meta.url).pathname;
  writeFileSync(files.at("audit.key"), `k1 ${Buffer.alloc(32, 7).toString("base64url")}\n`, { mode: 0o600 });
  files.configure({ application, audit: { file: "audit.jsonl", keyFile: "audit.key" } });
  return files;
}

async function member(files: ProductionFiles, gateway: ServedGateway, user: string): Promise<RawSession> {
  const session = await RawSession.open(gateway, { origin });
  await session.request({ type: "connect", token: await files.token(user) });
  return session;
}

const rename = (title: string) => ({ type: "call", command: "renameRoom", input: { roomId: "tea", title } });

describe("wardwire serve, when its application", { timeout: 60_000, concurrency: 2 }, () => {
  it("throws where nobody catches, says so in one line, closes in order and ends with 70 (R35)", async () => {
    using files = await troubled();
    await using gateway = await serveFiles(files);
    using alice = await member(files, gateway, "alice");
    using bob = await member(files, gateway, "bob");
    alice.send({ ...rename("throw"), id: 9 });
    assert.equal((await bob.closed).code, 1001, "everybody is told in order");
    const { code, stderr } = await gateway.running.ended;
    assert.equal(code, 70);
    const crashes = stderr.split("\n").filter((line) => line.includes('"crash"'));
    assert.equal(crashes.length, 1);
    const [crash = ""] = crashes;
    assert.partialDeepStrictEqual(JSON.parse(crash), { owasp: "sys_crash", error: { message: "on purpose: throw" } });
    const words = ["audit", "verify", files.at("audit.jsonl"), "--key-file", files.at("audit.key"), "--json"];
    const verified = await runCommand(words);
    assert.equal(verified.code, 0, verified.stdout);
  });

  it("leaves a promise rejected unheard, says so and goes on: no member ends the process for all (R35)", async () => {
    using files = await troubled();
    await using gateway = await serveFiles(files);
    using alice = await member(files, gateway, "alice");
    assert.equal((await alice.request(rename("reject"))).type, "result");
    const failure = await gateway.logged("failure");
    assert.partialDeepStrictEqual(failure, { where: "unhandledRejection", owasp: "sys_failure" });
    assert.equal((await alice.request(rename("calm"))).type, "result");
    using bob = await member(files, gateway, "bob");
    assert.equal((await bob.request(rename("calm"))).type, "result");
    gateway.running.kill("SIGTERM");
    assert.equal((await gateway.running.ended).code, 0);
  });
});
