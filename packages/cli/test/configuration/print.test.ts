import assert from "node:assert/strict";
import { test } from "node:test";
import { printConfig } from "../../src/commands/config.ts";
import type { Output } from "../../src/output.ts";
import { productionFiles } from "../support/production-files.ts";

test("config print --redacted shows no path of a webhook, and no query of a key set's address; without it both are there", async () => {
  using files = await productionFiles();
  const jwt = {
    issuer: "https://id.example",
    audience: "chat",
    algorithms: ["EdDSA"],
    jwksUrl: "https://id.example/keys?k=hunter2",
  };
  files.configure({ jwt, webhooks: [{ url: "https://alarm.example/hook/hunter2", secretFile: "secret" }] });
  const shown = async (redacted: boolean): Promise<string> => {
    const lines: string[] = [];
    const output: Output = {
      json: false,
      record: () => undefined,
      say: (line) => void lines.push(line),
      style: (_, text) => text,
    };
    assert.equal(await printConfig({ config: files.config, redacted }, output), "ok");
    return lines.join("\n");
  };
  assert.equal((await shown(false)).split("hunter2").length, 3);
  const redacted = await shown(true);
  assert.equal(redacted.includes("hunter2"), false);
  assert.match(redacted, /https:\/\/alarm\.example\/redacted/);
});
