import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { ClusterError, type ClusterErrorCode } from "../../src/cluster-error.ts";
import { sqlite } from "../../src/sqlite/sqlite.ts";
import { openDatabase } from "../../src/sqlite/store/open-database.ts";
import { sqliteFailure } from "../../src/sqlite/store/sqlite-failure.ts";
import { clusterError, publication, publishAll, show } from "../broker-suite/broker-under-test.ts";
import { ChildEngine } from "./fixtures/child-engine.ts";
import { StoreFile } from "./store-file.ts";

/** A store that was closed with `1:a 2:b` in the channel tea. */
async function closedStore(): Promise<StoreFile> {
  const store = new StoreFile();
  const { broker, close } = await store.open();
  await publishAll(broker, "ab");
  await close();
  return store;
}

/** Holds that the store opens and has what `closedStore` put there. */
async function assertWhole(store: StoreFile): Promise<void> {
  const { broker, close } = await store.open();
  assert.equal(show((await broker.history("tea", { limit: 10 })).items), "1:a 2:b");
  await close();
}

async function assertRefused(store: StoreFile, code: ClusterErrorCode): Promise<void> {
  await assert.rejects(store.open(), (error) => {
    assert(error instanceof ClusterError);
    assert.equal(error.code, code);
    assert(error.message.startsWith(`${store.path}: `), `${error.message} begins with the file`);
    return true;
  });
}

describe("sqlite(): a file that another engine has open", () => {
  test("is refused with in-use in the same process, and the first one goes on undisturbed", async () => {
    using store = await closedStore();
    const first = await store.open();
    for (const _ of [1, 2]) await assertRefused(store, "in-use");
    await publishAll(first.broker, "c");
    await assertRefused(store, "in-use");
    assert.equal(show((await first.broker.history("tea", { limit: 10 })).items), "1:a 2:b 3:c");
    await first.close();
    const second = await store.open();
    assert.equal((await second.broker.position("tea")).offset, 3);
    await second.close();
  });

  test("is refused in another process, and free once that one was killed", async () => {
    using store = await closedStore();
    const child = new ChildEngine(store.path);
    await child.opened;
    await assertRefused(store, "in-use");
    await child.kill();
    const { broker, close } = await store.open();
    assert.equal(show((await broker.history("tea", { limit: 10 })).items), "1:a 2:b");
    await close();
  });
});

describe("sqlite(): a file that is no sound store", () => {
  test("is refused when it has been cut short, wherever, and not touched", async () => {
    for (const share of [0.02, 0.5, 0.9]) {
      using store = await closedStore();
      const { size } = statSync(store.path);
      truncateSync(store.path, Math.floor(size * share));
      const before = readFileSync(store.path);
      await assertRefused(store, "corrupt");
      assert.deepEqual(readFileSync(store.path), before);
    }
  });

  test("is refused when a page is garbage, also one that opening it has no use for", async () => {
    using store = new StoreFile();
    const { broker, close } = await store.open();
    await Promise.all(Array.from({ length: 200 }, () => broker.publish(publication("x".repeat(900)))));
    await close();
    const content = readFileSync(store.path);
    const pageBytes = 4_096;
    const middle = Math.floor(content.byteLength / pageBytes / 2) * pageBytes;
    for (const page of [pageBytes, middle]) {
      const damaged = Buffer.from(content).fill(0xa5, page, page + pageBytes);
      writeFileSync(store.path, damaged);
      await assertRefused(store, "corrupt");
      assert.deepEqual(readFileSync(store.path), damaged, "and not touched");
    }
    writeFileSync(store.path, content);
    const again = await store.open();
    assert.equal((await again.broker.position("tea")).offset, 200);
    await again.close();
  });

  test("is refused when it is no database, and kept", async () => {
    using store = new StoreFile();
    const letter = "Dear reader, this is a letter and no database. ".repeat(40);
    writeFileSync(store.path, letter);
    await assertRefused(store, "corrupt");
    assert.equal(readFileSync(store.path, "utf8"), letter);
  });

  test("is refused when it is another program's database, and not touched", async () => {
    using store = new StoreFile();
    const other = new DatabaseSync(store.path);
    other.exec("CREATE TABLE notes (text TEXT)");
    other.close();
    const before = readFileSync(store.path);
    await assertRefused(store, "incompatible");
    assert.deepEqual(readFileSync(store.path), before);
  });

  test("is refused when it is of a newer version, and still opens with that one", async () => {
    using store = await closedStore();
    const version = (to: number): void => {
      const database = new DatabaseSync(store.path);
      database.exec(`PRAGMA user_version = ${to}`);
      database.close();
    };
    version(2);
    await assertRefused(store, "incompatible");
    version(1);
    await assertWhole(store);
  });

  test("is taken when it is empty, as a new one", async () => {
    using store = new StoreFile();
    writeFileSync(store.path, "");
    const { broker, close } = await store.open();
    assert.equal((await publishAll(broker, "a")).offset, 1);
    await close();
  });
});

describe("sqlite(): a file that may not be opened or written", () => {
  test("is refused where there is no such folder, and where a folder stands", async () => {
    using store = new StoreFile();
    for (const file of [join(store.folder, "none", "store.db"), store.folder]) {
      await assert.rejects(sqlite({ file }), clusterError("cannot-open"), file);
    }
  });

  test("is refused as read-only, and opens once it may be written", async () => {
    using store = await closedStore();
    const asNobody = process.geteuid?.() === 0;
    chmodSync(store.folder, 0o555);
    chmodSync(store.path, 0o444);
    // Root may write everything. Nobody may not even read the sources, so that no thread can be started meanwhile.
    if (asNobody) process.seteuid?.(65_534);
    try {
      const open = () => openDatabase({ file: store.path, maxFileBytes: 1_000_000 });
      assert.throws(open, (error) => sqliteFailure(store.path, error).code === "read-only");
    } finally {
      if (asNobody) process.seteuid?.(0);
      chmodSync(store.folder, 0o700);
      chmodSync(store.path, 0o600);
    }
    await assertWhole(store);
  });

  test("can be read by its owner only, the journal too", async () => {
    using store = new StoreFile();
    const { broker, close } = await store.open();
    await publishAll(broker, "a");
    for (const file of [store.path, `${store.path}-wal`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
    await close();
  });
});

describe("sqlite(): a bound that makes no sense", () => {
  test("is refused, and no file is made", async () => {
    using store = new StoreFile();
    for (const bound of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const name of ["maxFileBytes", "maxWaitingRequests", "maxWaitingBytes", "maxBudgetKeys"]) {
        await assert.rejects(store.open({ [name]: bound }), clusterError("invalid-argument"), `${name} ${bound}`);
      }
    }
    await assert.rejects(sqlite({ file: "" }), clusterError("invalid-argument"));
    assert.throws(() => statSync(store.path), { code: "ENOENT" });
  });
});

describe("sqlite(): a full store", () => {
  const large = (text: string) => publication(text, { bytes: new Uint8Array(50_000).fill(text.charCodeAt(0)) });

  test("refuses what does not fit, keeps what it acknowledged, answers reads, and takes more once there is room", async () => {
    using store = new StoreFile();
    const maxFileBytes = 1_000_000;
    const cluster = await store.open({ maxFileBytes });
    const heard: number[] = [];
    await cluster.broker.subscribe("tea", ({ offset }) => heard.push(offset));
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => cluster.broker.publish(large("x"))));
    const acknowledged = outcomes.filter(({ status }) => status === "fulfilled").length;
    assert(acknowledged >= 10 && acknowledged < 20, `${acknowledged} of 50,000 bytes were taken`);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.equal(outcome.reason.code, "full");
    }
    await assert.rejects(cluster.broker.publish(large("y")), clusterError("full"));
    assert.equal((await cluster.broker.publish(publication("small"))).duplicate, false, "a small one still fits");
    const kept = (await cluster.broker.history("tea", { limit: 100 })).items;
    assert.deepEqual(
      kept.map(({ offset }) => offset),
      Array.from({ length: acknowledged + 1 }, (_, index) => index + 1),
    );
    assert.deepEqual(
      heard,
      kept.map(({ offset }) => offset),
    );
    await cluster.close();

    const again = await store.open({ maxFileBytes });
    assert.equal((await again.broker.history("tea", { limit: 100 })).items.length, acknowledged + 1);
    // What makes room: a channel that keeps less.
    const history = { messages: 1, bytes: 1_000_000, ttlMs: 60_000 };
    await again.broker.publish(publication("less", { history }));
    assert.equal((await again.broker.publish({ ...large("z"), history })).duplicate, false);
    await again.close();
    assert(statSync(store.path).size <= maxFileBytes);
  });

  test("is refused when not even an empty store fits, and opens when it may be larger", async () => {
    using store = new StoreFile();
    await assert.rejects(store.open({ maxFileBytes: 1 }), clusterError("full"));
    const { broker, close } = await store.open();
    await publishAll(broker, "ab");
    await close();
    await assertWhole(store);
  });
});
