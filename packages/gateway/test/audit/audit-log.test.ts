import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AuditError, type AuditErrorCode } from "../../src/audit/audit-error.ts";
import { type AuditLogOptions, type AuditProblem, openAuditLog } from "../../src/audit/audit-log.ts";
import { type AppendFile, type OpenAppendFile, openAppendFile } from "../../src/audit/file/append-file.ts";
import { headPath } from "../../src/audit/file/head-file.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { type LogFolder, logFolder, login, testKeys, verifyLog, writeLog } from "./written-log.ts";

const fails =
  (code: AuditErrorCode) =>
  (error: unknown): boolean =>
    error instanceof AuditError && error.code === code;
const open = async (path: string, more: Partial<AuditLogOptions> = {}) =>
  openAuditLog({ path, keys: await testKeys(), source: "test", ...more });
const events = (folder: LogFolder): string[] => folder.lines().map((line) => JSON.parse(line).event);

describe("a log on disk", () => {
  test("is readable by its owner only, and sound (AL-FILE-1)", async () => {
    using folder = logFolder();
    await writeLog(folder.path, [3]);
    assert.equal(statSync(folder.path).mode & 0o777, 0o600);
    assert.equal(statSync(headPath(folder.path)).mode & 0o777, 0o600);
    const expected = ["audit_opened", "audit_checkpoint", ...Array(3).fill("authn_login_success"), "audit_checkpoint"];
    assert.deepEqual(events(folder), expected);
    assert.equal((await verifyLog(folder.path)).sound, true);
  });

  test("goes on where it ended, without a word about a crash (AL-OPEN-1)", async () => {
    using folder = logFolder();
    await writeLog(folder.path, [2, 2]);
    assert.equal(events(folder).includes("sys_crash"), false);
    const { sound, to, from } = await verifyLog(folder.path);
    assert.deepEqual({ sound, from, to }, { sound: true, from: 1, to: folder.lines().length });
  });

  test("cut off in the middle of a line is continued, and says so (AL-OPEN-2)", async () => {
    using folder = logFolder();
    await writeLog(folder.path, [3]);
    appendFileSync(folder.path, '{"event":"authz_fail","fields":{"us');
    assert.deepEqual(
      (await verifyLog(folder.path)).findings.map(({ what }) => what),
      ["truncated"],
    );
    await writeLog(folder.path, [1]);
    const { sound, recovered } = await verifyLog(folder.path);
    assert.deepEqual({ sound, recovered }, { sound: true, recovered: 1 });
    const crash = folder.lines().find((line) => line.includes("sys_crash")) ?? "";
    assert.deepEqual(JSON.parse(crash).fields.tornBytes, 35);
    const changed = readFileSync(folder.path, "utf8").replace('fields":{"us\n', 'fields":{"it\n');
    writeFileSync(folder.path, changed);
    assert.equal((await verifyLog(folder.path)).sound, false);
  });

  test("cut off while it accounted for an earlier crash is continued too", async () => {
    using folder = logFolder();
    await writeLog(folder.path, [3]);
    appendFileSync(folder.path, '{"event":"authz_fail","fie\n{"event":"sys_crash","fields":{"torn":"ab');
    await writeLog(folder.path, [1]);
    const { sound, recovered } = await verifyLog(folder.path);
    assert.deepEqual({ sound, recovered }, { sound: true, recovered: 1 });
  });

  test("that lost only a line feed keeps the line", async () => {
    using folder = logFolder();
    await writeLog(folder.path, [3]);
    writeFileSync(folder.path, readFileSync(folder.path, "utf8").slice(0, -1));
    await writeLog(folder.path, [1]);
    assert.equal((await verifyLog(folder.path)).sound, true);
  });

  test("whose process was killed is continued, unlocked, and says how many lines had no checkpoint (AL-OPEN-3)", async () => {
    using folder = logFolder();
    const script = fileURLToPath(new URL("./endless-writer.ts", import.meta.url));
    const child = spawn(process.execPath, ["--conditions=@wardwire/source", script, folder.path]);
    await once(child.stdout, "data");
    await assert.rejects(open(folder.path), fails("audit-locked"));
    child.kill("SIGKILL");
    await once(child, "close");
    const before = folder.lines().length;
    await writeLog(folder.path, [1]);
    const crash = JSON.parse(folder.lines().find((line) => line.includes("sys_crash")) ?? "");
    assert.ok(crash.fields.unsigned > 0 && crash.fields.unsigned < before);
    assert.equal((await verifyLog(folder.path)).sound, true);
  });

  test("whose last line was edited behind the last checkpoint is refused; unedited it is continued (AL-OPEN-4)", async () => {
    using folder = logFolder();
    using snapshot = logFolder();
    const log = await open(folder.path);
    log.record(login("alice"));
    await written(folder, "alice");
    // What a crash at this moment would leave.
    const left = readFileSync(folder.path, "utf8");
    writeFileSync(headPath(snapshot.path), readFileSync(headPath(folder.path)));
    await log.close();
    writeFileSync(snapshot.path, left.replace("alice", "alyce"));
    await assert.rejects(open(snapshot.path), fails("audit-broken"));
    writeFileSync(snapshot.path, left);
    await (await open(snapshot.path)).close();
    assert.equal((await verifyLog(snapshot.path)).sound, true);
  });

  const damages: readonly (readonly [string, (folder: LogFolder) => void])[] = [
    ["edited", ({ lines, rewrite }) => rewrite(lines().with(3, (lines()[3] ?? "").replace("user-", "root-")))],
    [
      "with its last line edited",
      ({ lines, rewrite }) => rewrite(lines().with(-1, (lines().at(-1) ?? "").replace("closed", "cloved"))),
    ],
    ["cut off behind a checkpoint", ({ lines, rewrite }) => rewrite(lines().slice(0, 2))],
    ["gone, with its head still there", ({ path }) => rmSync(path)],
    ["without its head", ({ path }) => rmSync(headPath(path))],
    ["of another kind", ({ path }) => writeFileSync(path, "not a log\n")],
  ];
  for (const [what, damage] of damages) {
    test(`${what} is refused, and left as it is (AL-OPEN-4)`, async () => {
      using folder = logFolder();
      await writeLog(folder.path, [6]);
      damage(folder);
      const before = existsSync(folder.path) ? readFileSync(folder.path) : undefined;
      await assert.rejects(open(folder.path), fails("audit-broken"));
      assert.deepEqual(existsSync(folder.path) ? readFileSync(folder.path) : undefined, before);
    });
  }

  test("is refused to a second writer, and free once the first has closed (AL-FILE-2)", async () => {
    using folder = logFolder();
    const first = await open(folder.path);
    await assert.rejects(open(folder.path), fails("audit-locked"));
    await first.close();
    await (await open(folder.path)).close();
    assert.equal((await verifyLog(folder.path)).sound, true);
  });

  test("is refused in a folder that is not there, and with numbers that are none", async () => {
    using folder = logFolder();
    await assert.rejects(open(folder.at("no/audit.jsonl")), fails("audit-unavailable"));
    for (const bad of [
      { maxBuffered: 0 },
      { checkpointMs: Number.NaN },
      { maxFileBytes: 1.5 },
      { checkpointLines: -1 },
    ]) {
      await assert.rejects(open(folder.path, bad), fails("invalid-audit-options"));
    }
  });

  test("can be read with keys that rotate: the old key verifies, the new one signs (AL-KEY-2)", async () => {
    using folder = logFolder();
    await writeLog(folder.path, [2]);
    const [next] = await testKeys("k2", 9);
    const keys = [next, ...(await testKeys())] as const;
    await writeLog(folder.path, [2], { keys });
    await assert.rejects(open(folder.path), fails("audit-broken"));
    await (await open(folder.path, { keys })).close();
  });
});

describe("rotation", () => {
  const rotated = (folder: LogFolder): string[] =>
    readdirSync(folder.at("."))
      .filter((name) => /\.\d{16}$/.test(name))
      .sort()
      .map((name) => folder.at(name));

  test("by size leaves files that are one chain, each sound by itself (AL-FILE-3)", async () => {
    using folder = logFolder();
    for (const run of [1, 2, 3, 4]) await writeLog(folder.path, [run], { maxFileBytes: 1_500 });
    const files = rotated(folder);
    assert.ok(files.length >= 2);
    const whole = await verifyLog(folder.path, [...files, folder.path]);
    assert.deepEqual([whole.sound, whole.from, whole.findings], [true, 1, []]);
    for (const file of files) assert.equal((await verifyLog(folder.path, [file])).sound, true);
    const without = await verifyLog(folder.path, [...files.toSpliced(1, 1), folder.path]);
    assert.deepEqual(
      without.findings.map(({ what }) => what),
      ["missing"],
    );
  });

  test("cut short of its last line, a file left behind is found truncated", async () => {
    using folder = logFolder();
    for (const run of [3, 3]) await writeLog(folder.path, [run], { maxFileBytes: 1_500, checkpointLines: 1 });
    const [file = ""] = rotated(folder);
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -2);
    writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
    assert.equal((await verifyLog(folder.path, [file])).sound, false);
  });

  test("by day begins a file with the first event of a new day, in UTC", async () => {
    using folder = logFolder();
    const clock = new ManualClock();
    const log = await open(folder.path, { clock });
    log.record(login("today"));
    await written(folder, "today");
    clock.pass(86_400_000);
    log.record(login("tomorrow"));
    await log.close();
    assert.equal(rotated(folder).length, 1);
    assert.equal((await verifyLog(folder.path, [...rotated(folder), folder.path])).sound, true);
  });

  for (const left of ["nothing", "the beginning of a line"]) {
    test(`interrupted when the new file held ${left} goes on in a new file`, async () => {
      using folder = logFolder();
      await writeLog(folder.path, [5]);
      const head = await rotateOnce(folder);
      rmSync(folder.path);
      if (left !== "nothing") writeFileSync(folder.path, '{"event":"audit_op');
      // The head names the new file: it had been begun, and somebody has removed it.
      await assert.rejects(open(folder.path), fails("audit-broken"));
      writeFileSync(headPath(folder.path), head);
      await (await open(folder.path)).close();
      const whole = await verifyLog(folder.path, [...rotated(folder), folder.path]);
      assert.deepEqual([whole.sound, whole.findings], [true, []]);
    });
  }

  /** Makes the log rotate, and returns the head of the moment between the old file and the new one. */
  async function rotateOnce(folder: LogFolder): Promise<string> {
    let head = "";
    const openFile: OpenAppendFile = (path) => {
      if (existsSync(headPath(path))) head = readFileSync(headPath(path), "utf8");
      return openAppendFile(path);
    };
    await writeLog(folder.path, [1], { maxFileBytes: 1, openFile });
    return head;
  }
});

/** Resolves once the file holds the text. */
async function written({ path }: LogFolder, text: string): Promise<void> {
  while (!readFileSync(path, "utf8").includes(text)) await new Promise((resolve) => setImmediate(resolve));
}

describe("a disk that", () => {
  /** A file whose writes can be held back, made to fail, or to take only some bytes. */
  function faultyDisk() {
    const disk = {
      gate: Promise.resolve(),
      failures: 0,
      takesAtMost: Number.POSITIVE_INFINITY,
      open: async (path: string): Promise<AppendFile> => {
        const file = await openAppendFile(path);
        return {
          ...file,
          write: async (bytes) => {
            await disk.gate;
            if (disk.failures > 0) {
              disk.failures -= 1;
              throw Object.assign(new Error("no space"), { code: "ENOSPC" });
            }
            return file.write(bytes.subarray(0, disk.takesAtMost));
          },
        };
      },
    };
    return disk;
  }

  test("stalls costs bounded memory: what does not fit is counted, and the log says so (AL-DROP-1)", async () => {
    using folder = logFolder();
    const disk = faultyDisk();
    const problems: AuditProblem[] = [];
    const log = await open(folder.path, {
      openFile: disk.open,
      maxBuffered: 10,
      onProblem: (each) => problems.push(each),
    });
    const stall = Promise.withResolvers<void>();
    disk.gate = stall.promise;
    for (let index = 0; index < 25; index += 1) log.record(login(`u${index}`));
    stall.resolve();
    await log.close();
    const dropped = folder
      .lines()
      .map((line) => JSON.parse(line))
      .find(({ event }) => event === "audit_dropped");
    assert.equal(dropped.fields.count, 15);
    assert.equal(events(folder).filter((event) => event === "authn_login_success").length, 10);
    assert.deepEqual(problems, [{ what: "dropped" }]);
    assert.equal((await verifyLog(folder.path)).sound, true);
  });

  test("is full is tried again each second, and nothing is written twice", async () => {
    using folder = logFolder();
    const disk = faultyDisk();
    const clock = new ManualClock();
    const failed = Promise.withResolvers<AuditProblem>();
    const log = await open(folder.path, { openFile: disk.open, clock, onProblem: failed.resolve });
    disk.takesAtMost = 7;
    disk.failures = 1;
    log.record(login("late"));
    assert.deepEqual(await failed.promise, { what: "write-failed", code: "ENOSPC" });
    assert.equal(readFileSync(folder.path, "utf8").includes("late"), false);
    while (clock.timers === 0) await Promise.resolve();
    clock.pass(1_000);
    await written(folder, "late");
    await log.close();
    assert.equal((await verifyLog(folder.path)).sound, true);
  });

  test("stays full makes close() fail, and the next process continues what there is", async () => {
    using folder = logFolder();
    const disk = faultyDisk();
    const log = await open(folder.path, { openFile: disk.open });
    log.record(login("kept"));
    await written(folder, "kept");
    disk.failures = Number.POSITIVE_INFINITY;
    log.record(login("lost"));
    await assert.rejects(log.close(), fails("audit-unavailable"));
    await writeLog(folder.path, [1]);
    assert.equal((await verifyLog(folder.path)).sound, true);
    const crash = folder.lines().find((line) => line.includes("sys_crash")) ?? "";
    assert.equal(JSON.parse(crash).fields.unsigned, 1);
  });
});

test("a checkpoint comes after so many lines, and after so long behind a line (AL-SIGN-3)", async () => {
  using folder = logFolder();
  const clock = new ManualClock();
  const log = await open(folder.path, { clock, checkpointLines: 4, checkpointMs: 5_000 });
  log.record(login("first"));
  await written(folder, "first");
  while (clock.timers === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.pass(4_999);
  assert.equal(events(folder).filter((event) => event === "audit_checkpoint").length, 1);
  clock.pass(1);
  await written(folder, '"reason":"time"');
  for (const user of ["a", "b", "c", "d"]) log.record(login(user));
  await written(folder, '"reason":"lines"');
  await log.close();
  await log.close();
  log.record(login("after the end"));
  assert.equal(readFileSync(folder.path, "utf8").includes("after the end"), false);
  assert.equal(clock.timers, 0);
});
