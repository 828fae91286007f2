import { parentPort, workerData } from "node:worker_threads";
import { ClusterError } from "../../cluster-error.ts";
import { openDatabase } from "./open-database.ts";
import type { Failure, FromThread, StoreOptions, ToThread } from "./request.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import { Store } from "./store.ts";

/**
 * The thread that holds the database: a commit waits for the disk here, and the event loop of the gateway does not. It is
 * told batches, one at a time, and answers each after its commit.
 */
const options: StoreOptions = workerData;
const port = parentPort;
if (port === null) throw new Error("thread.ts: expected to run in a worker thread");
const tell = (message: FromThread): void => port.postMessage(message);

try {
  serve();
} catch (error) {
  tell({ failure: explain(error) });
}

function serve(): void {
  const database = openDatabase(options);
  const { latestMs } = database.prepare("SELECT COALESCE(MAX(used_ms), 0) AS latestMs FROM channels").get() ?? {};
  // The engine's time never goes back, whatever the clock did while the store was closed.
  const openedMs = Math.max(options.nowMs, Number(latestMs));
  const store = new Store({ database, maxBudgetKeys: options.maxBudgetKeys, openedMs, explain });
  port?.on("message", (message: ToThread) => {
    if (message !== "close") return tell({ outcomes: store.run(message) });
    database.close();
    port.close();
  });
  tell({ opened: { nowMs: openedMs } });
}

function explain(error: unknown): Failure {
  if (error instanceof ClusterError) return { code: error.code, message: error.message };
  return sqliteFailure(options.file, error);
}
