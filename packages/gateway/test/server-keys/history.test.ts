import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { HistoryDays } from "../../src/server-keys/history-days.ts";
import { sealSecret } from "../../src/server-keys/key-store.ts";
import { settle } from "../../src/testing/manual-clock.ts";
import { type KeyFolder, keyFolder } from "./key-folder.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function daysOf({ store, clock }: KeyFolder, lifetimeMs = 0): HistoryDays {
  return new HistoryDays(store, lifetimeMs, () => clock.now());
}

const filesOf = (folder: KeyFolder): string[] => readdirSync(folder.at("history")).sort();
const dayFile = ({ clock }: KeyFolder, days = 0): string =>
  `${new Date(clock.now() + days * dayMs).toISOString().slice(0, 10)}.key`;

describe("history keys (HR-3)", () => {
  test("today's and tomorrow's are made ahead, and the day changes by itself", async () => {
    using folder = await keyFolder();
    const days = daysOf(folder);
    await days.keep();
    assert.deepEqual(filesOf(folder), [dayFile(folder), dayFile(folder, 1)]);
    const today = days.current;
    assert.equal(days.of(today.id), today);
    folder.clock.pass(dayMs);
    const tomorrow = days.current;
    assert.notDeepEqual(tomorrow.id, today.id);
    assert.equal(days.of(today.id), today, "yesterday's is there");
    assert.equal(days.of(new Uint8Array(8)), undefined);
    days.dispose();
  });

  test("gateways on one folder have the same key of a day, whoever made it", async () => {
    using folder = await keyFolder();
    const [one, two] = [daysOf(folder), daysOf(folder)];
    await Promise.all([one.keep(), two.keep()]);
    assert.deepEqual(one.current.id, two.current.id);
    assert.ok(one.current.secret.equals(two.current.secret));
    const later = daysOf(folder);
    await later.keep();
    assert.deepEqual(later.current.id, one.current.id);
    for (const each of [one, two, later]) each.dispose();
  });

  test("a key that was made elsewhere meanwhile is the one", async () => {
    using folder = await keyFolder();
    const theirs = SecretBytes.random(32);
    for (const name of [dayFile(folder), dayFile(folder, 1)])
      await sealSecret(folder.store, "history", `history/${name}`, theirs);
    // It looked before they were there.
    const days = new HistoryDays({ ...folder.store, files: { ...folder.files, list: () => [] } }, 0, () =>
      folder.clock.now(),
    );
    await days.keep();
    assert.ok(days.current.secret.equals(theirs));
    days.dispose();
  });

  test("a key is erased, file and memory, when the longest life and a day have passed since its day, not before", async () => {
    using folder = await keyFolder();
    const lifetimeMs = 2 * dayMs;
    const days = daysOf(folder, lifetimeMs);
    await days.keep();
    const first = days.current;
    const file = folder.at(`history/${dayFile(folder)}`);
    const msLeftOfDay = dayMs - (folder.clock.now() % dayMs);
    for (let passed = 0; passed < msLeftOfDay + lifetimeMs + dayMs; passed += hourMs) {
      await days.keep();
      assert.ok(days.of(first.id), `after ${passed} ms`);
      folder.clock.pass(Math.min(hourMs, msLeftOfDay + lifetimeMs + dayMs - passed));
    }
    await days.keep();
    assert.ok(existsSync(file), "to the millisecond");
    folder.clock.pass(1);
    await days.keep();
    assert.equal(days.of(first.id), undefined);
    assert.equal(existsSync(file), false);
    assert.throws(() => first.secret.use(() => 0), { code: "disposed" });
    days.dispose();
  });

  test("what is over is not even opened: a damaged key of long ago hinders nobody, one of today does (KF-3)", async () => {
    using folder = await keyFolder();
    const days = daysOf(folder);
    await days.keep();
    days.dispose();
    writeFileSync(folder.at("history/2020-01-01.key"), "rubbish", { mode: 0o600 });
    (await folder.load({ historyLifetimeMs: 0 })).close();
    assert.equal(existsSync(folder.at("history/2020-01-01.key")), false);
    const today = folder.at(`history/${dayFile(folder)}`);
    writeFileSync(today, readFileSync(folder.at("online/delegate.key")));
    await assert.rejects(folder.load(), {
      code: "server-keys-invalid",
      message: /history\/.*\.key: expected a key file \(history\)/,
    });
  });

  test("a key of another length is refused (KF-2)", async () => {
    using folder = await keyFolder();
    await sealSecret(folder.store, "history", `history/${dayFile(folder)}`, SecretBytes.random(31));
    await assert.rejects(folder.load(), { code: "server-keys-invalid", message: /32 bytes, got 31/ });
  });

  test("after a night without a running gateway the last key there is is current until the next is made", async () => {
    using folder = await keyFolder();
    const keys = await folder.load();
    const last = keys.history.current;
    folder.clock.pass(dayMs);
    const next = keys.history.current;
    folder.clock.pass(5 * dayMs);
    assert.equal(keys.history.current, next);
    assert.notEqual(next, last);
    folder.clock.wallStepMs = -30 * dayMs;
    assert.equal(keys.history.current, last, "a clock set back: the first there is");
    keys.close();
  });

  test("a gateway that runs for a month keeps the days of its history's life, and no more", async () => {
    using folder = await keyFolder();
    const keys = await folder.load({ historyLifetimeMs: 3 * dayMs });
    keys.start({ clock: folder.clock, onEvent: () => {}, failed: (error) => assert.fail(String(error)) });
    for (let half = 0; half < 2 * 30; half += 1) {
      folder.clock.pass(dayMs / 2);
      await settle();
    }
    // Tomorrow's, today's, and those of the four days before.
    assert.ok(filesOf(folder).length <= 7 && filesOf(folder).length >= 5, filesOf(folder).join(" "));
    keys.close();
  });
});
