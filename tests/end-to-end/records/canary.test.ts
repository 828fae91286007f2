import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runCommand } from "../../../packages/cli/test/support/command.ts";
import { productionFiles } from "../../../packages/cli/test/support/production-files.ts";
import { serveFiles } from "../../../packages/cli/test/support/served-gateway.ts";
import { RawSession } from "../fixtures/raw-session.ts";

const origin = "https://chat.example";
const payload = "the-payload-of-the-canary";
/** Keys as they stand in files; what must not be found of each is a piece of it. */
const auditKey = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 73 + 11) % 256)).toString("base64url");
const piece = (secret: string): string => secret.slice(-24);

describe("nothing a production gateway writes or answers", { timeout: 60_000 }, () => {
  test("holds a token, a payload or a key: log, audit log, metrics, admin answers; and the audit log verifies (R53)", async () => {
    using files = await productionFiles();
    writeFileSync(files.at("audit.key"), `k1 ${auditKey}\n`, { mode: 0o600 });
    files.configure({
      application: new URL("../../../packages/cli/test/fixtures/leaky-application.ts", import.meta.url).pathname,
      admin: { port: 0, dataFolder: "admin" },
      audit: { file: "audit.jsonl", keyFile: "audit.key" },
      limits: { messageBurst: 30 },
    });
    using strangers = await productionFiles();
    const [good, bad] = [await files.token("alice"), await strangers.token("mallory")];
    const answers: string[] = [];
    await using gateway = await serveFiles(files);
    {
      using session = await RawSession.open(gateway, { origin });
      await session.request({ type: "connect", token: good });
      const channel = await session.join("room", { roomId: "tea" });
      await session.request({ type: "publish", channel, data: { text: payload } });
      await session.request({ type: "publish", channel, data: { text: [payload] } });
      await session.request({
        type: "call",
        command: "renameRoom",
        input: { roomId: "tea", title: good.slice(0, 60) },
      });
      await session.request({ type: "renew", token: bad });
      session.sendRaw(`{"type":"publish","data":"${payload}`);
      await session.closed;
    }
    using refused = await RawSession.open(gateway, { origin });
    refused.send({ type: "connect", id: 1, token: bad });
    await refused.closed;
    await assert.rejects(RawSession.open(gateway, { authorization: bad }));
    await assert.rejects(RawSession.open({ ...gateway, socket: `${gateway.socket}?token=${good}` }, { origin }));
    await assert.rejects(RawSession.open(gateway, { origin: `https://${good}.evil.example` }));

    const admin = readFileSync(files.at("admin/admin-url"), "utf8").trim();
    const credential = readFileSync(files.at("admin/admin-credential"), "utf8").trim();
    const headers = { authorization: `Bearer ${credential}` };
    for (const path of ["/healthz", "/readyz", "/metrics", "/v1/revocations", "/v1/nothing"]) {
      answers.push(await (await fetch(`${admin}${path}`, { headers })).text());
      answers.push(await (await fetch(`${admin}${path}`)).text());
    }
    gateway.running.kill("SIGTERM");
    const { stdout, stderr } = await gateway.running.ended;
    const audit = readdirSync(files.at(".")).filter((name) => /^audit\.jsonl/.test(name));
    const written = [stdout, stderr, ...answers, ...audit.map((name) => readFileSync(files.at(name), "utf8"))];

    const key = readFileSync(files.at("key.pem"), "utf8").split("\n")[1] ?? "";
    const secrets = { good, bad, payload, auditKey, credential, key };
    for (const [name, secret] of Object.entries(secrets)) {
      for (const output of written)
        assert.equal(output.includes(piece(secret)), false, `${name} in ${output.slice(0, 200)}`);
    }
    for (const start of [good, bad].map((token) => token.slice(0, 40))) {
      for (const output of written) assert.equal(output.includes(start), false, "the beginning of a token");
    }
    assert.match(stderr, /\[redacted\]/, "the application's error is there, without the token in it");
    for (const event of ["connected", "authentication-failed", "upgrade-refused", "failure", "decode-error"]) {
      assert.match(stderr, new RegExp(`"event":"${event}"`), "negative control: the log says what happened");
    }
    const words = ["audit", "verify", files.at("audit.jsonl"), "--key-file", files.at("audit.key"), "--json"];
    const verified = await runCommand(words);
    assert.equal(verified.code, 0, verified.stdout);
    assert.partialDeepStrictEqual(JSON.parse(verified.stdout), {
      sound: true,
      signatures: "checked",
      head: "compared",
    });
    assert.match(readFileSync(files.at("audit.jsonl"), "utf8"), /"origin":"https:\/\/chat\.example"/);
  });
});
