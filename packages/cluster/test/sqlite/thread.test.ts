import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { ClusterError } from "../../src/cluster-error.ts";
import { StoreThread } from "../../src/sqlite/store-thread.ts";
import { clusterError, publication, publishAll, show } from "../broker-suite/broker-under-test.ts";
import { StoreFile } from "./store-file.ts";

const bytes = (size: number) => publication("", { bytes: new Uint8Array(size) });

test("more requests than may wait are refused at once, those before and after are carried out", async () => {
  using store = new StoreFile();
  const { broker, close } = await store.open({ maxWaitingRequests: 10 });
  const outcomes = await Promise.allSettled(Array.from({ length: 15 }, () => broker.publish(bytes(1))));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 5);
  for (const { reason } of refused) assert.equal(reason.code, "unavailable");
  assert.equal((await broker.publish(bytes(1))).position.offset, 11);
  await close();
});

test("more bytes than may wait are refused at once, and what fits is taken", async () => {
  using store = new StoreFile();
  const { broker, close } = await store.open({ maxWaitingBytes: 100_000 });
  const [large, tooMuch, small] = await Promise.allSettled(
    [60_000, 60_000, 1_000].map((size) => broker.publish(bytes(size))),
  );
  assert.deepEqual([large?.status, tooMuch?.status, small?.status], ["fulfilled", "rejected", "fulfilled"]);
  assert.equal((await broker.publish(bytes(90_000))).position.offset, 3);
  await close();
});

test("a subscription can be ended however much waits", async () => {
  using store = new StoreFile();
  const { broker, close } = await store.open({ maxWaitingRequests: 1 });
  const heard: number[] = [];
  const { unsubscribe } = await broker.subscribe("tea", ({ offset }) => heard.push(offset));
  const waiting = broker.publish(bytes(1));
  unsubscribe();
  await waiting;
  assert.deepEqual(heard, []);
  await close();
});

test("what was asked before close is carried out, and what comes after is refused", async () => {
  using store = new StoreFile();
  const first = await store.open();
  const asked = Array.from({ length: 500 }, () => first.broker.publish(bytes(10)));
  const closing = first.close();
  await assert.rejects(first.broker.publish(bytes(1)), clusterError("closed"));
  assert.equal((await Promise.all(asked)).at(-1)?.position.offset, 500);
  await closing;
  await first.close();
  const second = await store.open();
  assert.equal((await second.broker.position("tea")).offset, 500);
  await second.close();
});

test("a small view of a large buffer is published as itself", async () => {
  using store = new StoreFile();
  const { broker, close } = await store.open({ maxWaitingBytes: 10_000 });
  const pool = new TextEncoder().encode("x".repeat(1_000_000).concat("tea"));
  await broker.publish(publication("", { bytes: pool.subarray(1_000_000) }));
  assert.equal(show((await broker.history("tea", { limit: 1 })).items), "1:tea");
  await close();
});

test("when the thread ends by itself whoever waits is told, and whoever asks later", async () => {
  const worker = new Worker("require('node:worker_threads').parentPort.once('message', () => process.exit(1))", {
    eval: true,
  });
  await once(worker, "online");
  const thread = new StoreThread(worker, { maxRequests: 10, maxBytes: 1_000_000 }, () => 0);
  const ask = () => thread.ask({ type: "read-revocations", since: 0 });
  const waiting = [ask(), ask()];
  for (const each of [...waiting, ...waiting.map(ask)]) await assert.rejects(each, clusterError("unavailable"));
  await assert.rejects(ask(), (error) => error instanceof ClusterError && error.cause instanceof Error);
  await thread.close();
});

test("an engine nobody closes does not keep its process alive, and loses nothing", async () => {
  using store = new StoreFile();
  const engine = new URL("../../src/sqlite/sqlite.ts", import.meta.url);
  run(store.folder, engine.href, store.path);
  const { broker, close } = await store.open();
  assert.equal((await broker.position("tea")).offset, 1);
  await close();
});

test("the engine runs as it is published too, compiled to JavaScript", async () => {
  using store = new StoreFile();
  const project = fileURLToPath(new URL("../../tsconfig.json", import.meta.url));
  const compiler = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));
  const built = join(store.folder, "built");
  const options = ["--composite", "false", "--incremental", "false", "--tsBuildInfoFile", "null", "--outDir", built];
  const compiled = spawnSync(process.execPath, [compiler, "-p", project, ...options], { encoding: "utf8" });
  assert.equal(compiled.status, 0, compiled.stdout);
  writeFileSync(join(built, "package.json"), '{"type":"module"}');
  run(store.folder, `file://${join(built, "sqlite", "sqlite.js")}`, store.path);
  const { broker, close } = await store.open();
  assert.equal((await publishAll(broker, "b")).offset, 2);
  await close();
});

/** Runs a program that publishes one item with the engine of that module and then just ends. */
function run(folder: string, engine: string, file: string): void {
  const program = join(folder, "program.mjs");
  const history = JSON.stringify({ messages: 10, bytes: 1_000, ttlMs: 60_000 });
  writeFileSync(
    program,
    `import { sqlite } from ${JSON.stringify(engine)};
    const { broker } = await sqlite({ file: ${JSON.stringify(file)} });
    await broker.publish({ channel: "tea", bytes: new Uint8Array(1), history: ${history} });`,
  );
  const { status, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8", timeout: 30_000 });
  assert.equal(status, 0, stderr);
}
