import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { type OpenAppendFile, openAppendFile } from "../../src/audit/file/append-file.ts";
import type { AuditOptions } from "../../src/audit/gateway-audit.ts";
import { allow, createGateway, type Gateway } from "../../src/gateway.ts";
import type { GatewayEvent } from "../../src/observe/events.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { contract } from "../gateway-on-paper.ts";
import { handshake, RawClient } from "../host/raw-client.ts";
import { type LogFolder, logFolder, testKeys, verifyLog } from "./written-log.ts";

/** A gateway that keeps its audit log in this folder, and whom it told what. */
async function audited(folder: LogFolder, more: Partial<AuditOptions> = {}, clock = new ManualClock()) {
  const events: GatewayEvent[] = [];
  const gateway = createGateway({
    contract,
    allowedOrigins: ["https://chat.example"],
    authenticate: () => ({ ok: false, code: "token-invalid", detail: "nobody" }),
    authorize: () => allow(),
    commands: { rename: ({ input }) => ({ title: input.title }) },
    observe: (event) => events.push(event),
    audit: { path: folder.path, keys: await testKeys(), source: "test", ...more },
    clock,
  });
  return { gateway, events, clock };
}

const listen = (gateway: Gateway<typeof contract>) =>
  gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });
const failures = (events: readonly GatewayEvent[]) =>
  events.filter((event) => event.event === "failure").filter(({ where }) => where === "audit");
const names = (folder: LogFolder): string[] => folder.lines().map((line) => JSON.parse(line).event);

/** Resolves once this is so; what is waited for is work of the file system. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** A disk that is full while `isFull`. */
function fillableDisk() {
  const openFile: OpenAppendFile = async (path) => {
    const file = await openAppendFile(path);
    const write = async (bytes: Uint8Array): Promise<number> => {
      if (disk.isFull) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      return file.write(bytes);
    };
    return { size: file.size, write, sync: () => file.sync(), close: () => file.close() };
  };
  const disk = { isFull: false, openFile };
  return disk;
}

describe("a gateway with an audit log", { timeout: 20_000 }, () => {
  test("opens it, records from its first event to its last, and closes it: it verifies (R52)", async () => {
    using folder = logFolder();
    const { gateway, events } = await audited(folder);
    assert.deepEqual(gateway.problems, ["audit"], "not before it is open");
    await using running = await listen(gateway);
    assert.deepEqual(gateway.problems, []);
    await fetch(`http://127.0.0.1:${running.addresses[0]?.port}/ws`);
    gateway.setAddressLists({ deny: ["198.51.100.0/24"] });
    gateway.report({ event: "crash", error: new Error("on purpose") });
    await gateway.close();
    const recorded = names(folder).filter((name) => !name.startsWith("audit_"));
    assert.deepEqual(recorded, ["sys_startup", "authz_change", "sys_crash", "sys_shutdown"]);
    assert.equal((await verifyLog(folder.path)).sound, true);
    assert.deepEqual(failures(events), []);
  });

  test("does not listen when the log is not as it was written, and leaves it as it is (R52)", async () => {
    using folder = logFolder();
    writeFileSync(folder.path, "not a log\n");
    const { gateway, events } = await audited(folder);
    await assert.rejects(listen(gateway), { code: "audit-broken" });
    assert.deepEqual(gateway.problems, ["audit"]);
    assert.equal(failures(events).length, 1);
    await gateway.close();
    assert.deepEqual(folder.lines(), ["not a log"]);
  });

  test("goes on when the disk is full, says so once and in its readiness, and records it all later (R52)", async () => {
    using folder = logFolder();
    const disk = fillableDisk();
    const { gateway, events, clock } = await audited(folder, { openFile: disk.openFile });
    await using running = await listen(gateway);
    const port = running.addresses[0]?.port;
    disk.isFull = true;
    for (const deny of ["198.51.100.1", "198.51.100.2"]) gateway.setAddressLists({ deny: [deny] });
    await until(() => gateway.problems.length > 0);
    assert.deepEqual(gateway.problems, ["audit"]);
    clock.pass(1_000);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404, "the data plane answers");
    const [told, ...more] = failures(events);
    assert.match(String(told?.error), /ENOSPC/);
    assert.deepEqual(more, []);
    disk.isFull = false;
    await until(() => {
      clock.pass(1_000);
      return gateway.problems.length === 0;
    });
    await gateway.close();
    const recorded = names(folder).filter((name) => name === "authz_change" || name === "sys_failure");
    assert.deepEqual(recorded, ["authz_change", "authz_change", "sys_failure"]);
    assert.equal((await verifyLog(folder.path)).sound, true);
  });

  test("whose disk fails to the end closes all the same, and says so", async () => {
    using folder = logFolder();
    const disk = fillableDisk();
    const { gateway, events } = await audited(folder, { openFile: disk.openFile });
    await listen(gateway);
    disk.isFull = true;
    await gateway.close();
    assert.ok(failures(events).length > 0);
  });

  test("admits nobody over an https.Server of the application's while the log cannot be opened", async () => {
    using folder = logFolder();
    const { gateway } = await audited(folder, { path: folder.at("no/audit.jsonl") });
    const server = createServer().on("upgrade", gateway.handleUpgrade);
    await once(server.listen(0, "127.0.0.1"), "listening");
    await using peer = await RawClient.connect((server.address() as AddressInfo).port);
    peer.write(handshake());
    assert.equal((await peer.readResponse()).status, 503);
    server.close();
    await gateway.close();
  });
});
