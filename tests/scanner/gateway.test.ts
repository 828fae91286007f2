import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type ScanReport, scan } from "@wardwire/scanner";
import type { ScanOptions } from "@wardwire/scanner/options";
import { terminalReport } from "@wardwire/scanner/report/terminal";
import { startCommand } from "../../packages/cli/test/support/command.ts";
import { type ProductionFiles, productionFiles } from "../../packages/cli/test/support/production-files.ts";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";

/** What the default profile of a local endpoint may take; the requirement is 5 s on a quiet machine. */
const generousMs = 15_000;

describe("our own gateway in production configuration", { timeout: 120_000 }, () => {
  test("is A+ to a stranger and to a user, with nothing above information, in a few seconds (1.H)", async () => {
    using files = await certified();
    await withGateway(files, async (options) => {
      const stranger = await scan("wss://chat.example/ws", options);
      show(stranger);
      assert.equal(stranger.grade, "A+", faultsOf(stranger));
      assert.ok(stranger.durationMs < generousMs, `${stranger.durationMs} ms`);
      const user = await scan("wss://chat.example/ws", { ...options, token: await files.token("alice") });
      show(user);
      assert.equal(user.grade, "A+", faultsOf(user));
      const bySkipped = user.findings.filter(({ status }) => status === "skipped").map(({ evidence }) => evidence);
      assert.deepEqual(new Set(bySkipped), new Set(["slow: only with --thorough", "an attack: only with --active"]));
      const errors = [...stranger.findings, ...user.findings].filter(({ status }) => status === "error");
      assert.deepEqual(errors, []);
    });
  });

  test("is A+ under attack (R18, R26, R28, R29)", async () => {
    using files = await certified();
    await withGateway(files, async (options) => {
      const report = await scan("wss://chat.example/ws", { ...options, dangerouslyActive: true });
      show(report);
      assert.equal(report.grade, "A+", faultsOf(report));
      const attacks = report.findings.filter(({ id }) => /^WW-LIMIT-0[4-9]$/.test(id));
      assert.deepEqual(
        attacks.map(({ status }) => status),
        attacks.map(() => "pass"),
        attacks.map(({ id, evidence }) => `${id}: ${evidence}`).join("\n"),
      );
    });
  });

  test("closes a stranger that stays silent, when there is time to wait for it (R18, R32)", async () => {
    using files = await certified();
    await withGateway(files, async (options) => {
      const report = await scan("wss://chat.example/ws", { ...options, thorough: true, only: ["WW-LIMIT-11"] });
      const idle = report.findings.find(({ id }) => id === "WW-LIMIT-11");
      assert.equal(idle?.status, "pass");
      assert.match(idle.evidence, /^close 4408 .* after 5\.\d s$/);
    });
  });

  test("closes a user's connection when the token ends (R39)", async () => {
    using files = await certified();
    await withGateway(files, async (options) => {
      const token = await files.token("alice", "6s");
      const watched = { ...options, token, thorough: true, only: ["WW-TOKEN-05"], silenceMs: 10_000 };
      const end = (await scan("wss://chat.example/ws", watched)).findings.find(({ id }) => id === "WW-TOKEN-05");
      assert.equal(end?.status, "pass", end?.evidence);
      assert.match(end.evidence, /^close 4401 .*, 0\.\d s (after the token had|before the token) ended$/);
    });
  });

  test("is not A+ once foreign pages are let in: the same scan finds one fault that is there (R14)", async () => {
    using files = await certified();
    files.configure({ allowedOrigins: ["https://chat.example", "https://evil.example"] });
    await withGateway(files, async (options) => {
      const report = await scan("wss://chat.example/ws", options);
      assert.equal(report.grade, "D");
      assert.match(faultsOf(report), /^WW-ORIGIN-01 high: accepted: https:\/\/evil\.example$/);
    });
  });
});

const ninetyDaysMs = 90 * 86_400_000;

/** Files of a production gateway with a certificate for chat.example of 90 days; its authority is in ca.pem. */
async function certified(): Promise<ProductionFiles> {
  const files = await productionFiles();
  const authority = await TestAuthority.create();
  const notAfter = new Date(Date.now() + ninetyDaysMs);
  const { cert, key } = await authority.issue({ dnsNames: ["chat.example"], notAfter });
  writeFileSync(files.at("cert.pem"), cert);
  writeFileSync(files.at("key.pem"), key);
  writeFileSync(files.at("ca.pem"), authority.cert);
  return files;
}

/** Runs `wardwire serve` while `scanning`, which reaches it under its public name. */
async function withGateway(files: ProductionFiles, scanning: (options: ScanOptions) => Promise<void>): Promise<void> {
  await using running = startCommand(["serve", "--config", files.config]);
  const listening = JSON.parse(await running.nextErrorLine());
  const { port } = listening.addresses[0];
  await scanning({ connectTo: { host: "127.0.0.1", port }, ca: readFileSync(files.at("ca.pem"), "utf8") });
  running.kill("SIGTERM");
  assert.equal((await running.ended).code, 0);
}

function show(report: ScanReport): void {
  console.log(terminalReport(report).join("\n"));
}

function faultsOf({ findings }: ScanReport): string {
  return findings
    .filter(({ status }) => status === "fail" || status === "warn")
    .map(({ id, severity, evidence }) => `${id} ${severity}: ${evidence}`)
    .join("\n");
}
